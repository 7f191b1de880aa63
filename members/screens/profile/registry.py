"""What apps show of a member: tabs and blocks of its page, words in the list (members/extension.py)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from members.extension import extensions
from members.models import Member

Context = Callable[[HttpRequest, Member], dict[str, Any]]
BASIC, EVERYTHING = "basic", "all"
# On the one-screen view every block shows its newest rows; the tab has them all, page by page where there may be many.
NEWEST = 10


@dataclass(frozen=True, order=True)
class Tab:
    """A tab of the member's page.

    ``count``: how many rows it has, by one quick query; a tab with a count of 0 is hidden unless ``always``, one with
    None is shown without a number.
    """

    order: int
    slug: str
    label: str | Promise = field(compare=False)
    count: Callable[[Member], int | None] | None = field(compare=False, default=None)
    always: bool = field(compare=False, default=False)


@dataclass(frozen=True, order=True)
class Panel:
    """A block of the member's page: a heading and a template, which gets ``member`` and what ``context`` returns.

    It stands on its ``tab`` (the slug of a Tab) and on the one-screen view; an ``aside`` in the narrow column at the
    right. ``member_page`` in the context is the tab shown, "all" for the one-screen view.
    """

    order: int
    slug: str
    label: str | Promise = field(compare=False)
    template: str = field(compare=False)
    context: Context = field(compare=False, default=lambda request, member: {})
    aside: bool = field(compare=False, default=False)
    tab: str = field(compare=False, default=BASIC)


@dataclass(frozen=True)
class RenderedPanel:
    panel: Panel
    content: SafeString


@dataclass(frozen=True)
class NextStep:
    """Why a member is not linked, what to do about it, and where that is done ("" for nowhere).

    ``action``: a bulk action that the page offers beside it for this member, with its label.
    """

    reason: str
    text: str
    url: str = ""
    label: str = ""
    action: str = ""
    action_label: str = ""


# For the list: member ids → a few words beside the link state, such as why somebody is not linked; one query for all.
Reasons = Callable[[Sequence[Member]], dict[int, str]]
Steps = Callable[[Member], NextStep | None]

# The first tab and the last.
ENDS = (Tab(0, BASIC, _("基本情報")), Tab(100, EVERYTHING, _("1画面表示")))


def list_tabs() -> list[Tab]:
    """Return the tabs of every app, in their order."""
    return sorted(tab for each in extensions.values() for tab in each.tabs)


def list_panels() -> list[Panel]:
    """Return the panels of every app, in their order."""
    return sorted(panel for each in extensions.values() for panel in each.panels)


@dataclass(frozen=True)
class TabLink:
    """One entry of kit/tabs.html."""

    label: str | Promise
    url: str
    count: int | None
    current: bool


def is_one_screen_view(request: HttpRequest) -> bool:
    """Return whether the one-screen view is asked for."""
    return request.GET.get("tab") == EVERYTHING


def build_tab_links(member: Member, current: str) -> list[TabLink]:
    """Return the tabs with something to show, and the one that is shown."""
    links = []
    for tab in list_tabs():
        count = tab.count(member) if tab.count else None
        if count == 0 and not tab.always and tab.slug != current:
            continue
        url = "?" if tab.slug == BASIC else f"?tab={tab.slug}"
        links.append(TabLink(tab.label, url, count or None, tab.slug == current))
    return links


def render_panels(
    request: HttpRequest, member: Member, tab: str
) -> list[RenderedPanel]:
    """Render the panels of one tab, or of all. Those of other tabs cost no query."""
    return [
        RenderedPanel(panel, render_panel(request, member, panel, tab))
        for panel in list_panels()
        if tab in (panel.tab, EVERYTHING)
    ]


def render_panel(
    request: HttpRequest, member: Member, panel: Panel, tab: str
) -> SafeString:
    context = {"member": member, "member_page": tab, **panel.context(request, member)}
    return render_to_string(panel.template, context, request)


def collect_link_reasons(members: Sequence[Member]) -> dict[int, str]:
    """Return the reasons that the apps give, by member id; a later app replaces the text of an earlier one."""
    words: dict[int, str] = {}
    for each in extensions.values():
        for reasons in each.reasons:
            words |= reasons(members)
    return words


def find_next_step(member: Member) -> NextStep | None:
    every = (steps for each in extensions.values() for steps in each.next_steps)
    found = [step for steps in every if (step := steps(member))]
    return found[-1] if found else None
