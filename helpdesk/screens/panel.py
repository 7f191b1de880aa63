"""The tab of a member's page that leads to the help desk, named after it."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from helpdesk.models import HelpDesk
from helpdesk.values import build_inbox_url
from members.models import Member
from members.screens.profile.registry import Panel, Tab


class ProductName:
    """The product's name, read when a page shows it."""

    def __str__(self) -> str:
        return str(HelpDesk.load().product.label)


def decide_tab(member: Member) -> int | None:
    """Return 0, which hides the tab, unless the help desk is on and set."""
    return None if HelpDesk.load().is_shown else 0


def build_desk_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    desk = HelpDesk.load()
    return {
        "desk": desk if desk.is_shown else None,
        "inbox_url": build_inbox_url(desk, member.email),
        "by_address": "{email}" in desk.link_template,
    }


TAB = Tab(95, "helpdesk", lazystr(ProductName()), decide_tab)
PANEL = Panel(
    95,
    "helpdesk",
    _("ヘルプデスク"),
    "helpdesk/panel.html",
    build_desk_context,
    tab="helpdesk",
)
