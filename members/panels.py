"""Where apps above add to a member's page and to the member list. They register in their AppConfig.ready()."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from members.models import Member

Context = Callable[[HttpRequest, Member], dict[str, Any]]


@dataclass(frozen=True, order=True)
class Panel:
    """A block of the member's page: a heading and a template, which gets ``member`` and what ``context`` returns.

    An ``aside`` stands in the narrow column at the right.
    """

    order: int
    slug: str
    label: str | Promise = field(compare=False)
    template: str = field(compare=False)
    context: Context = field(compare=False, default=lambda request, member: {})
    aside: bool = field(compare=False, default=False)


@dataclass(frozen=True)
class Shown:
    panel: Panel
    content: SafeString


# For the list: member ids → a few words beside the link state, such as why somebody is not linked; one query for all.
Reasons = Callable[[Sequence[Member]], dict[int, str]]

PANELS: list[Panel] = []
REASONS: list[Reasons] = []


def register(panel: Panel) -> None:
    PANELS.append(panel)


def register_reasons(reasons: Reasons) -> None:
    REASONS.append(reasons)


def panels_of(request: HttpRequest, member: Member) -> list[Shown]:
    return [
        Shown(panel, render_to_string(panel.template, {"member": member, **panel.context(request, member)}, request))
        for panel in sorted(PANELS)
    ]


def reasons_of(members: Sequence[Member]) -> dict[int, str]:
    """The words of every app, a later one over an earlier one."""
    words: dict[int, str] = {}
    for reasons in REASONS:
        words |= reasons(members)
    return words
