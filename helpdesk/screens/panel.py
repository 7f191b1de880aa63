"""The tab of a member's page that leads to the help desk, named after it."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from forms_builder.mail.book import build_key
from forms_builder.models import Submission
from helpdesk.models import HelpDesk
from helpdesk.values import build_inbox_url
from members.models import Member
from members.screens.profile.registry import NEWEST, Panel, Tab
from messaging.models import Delivery
from operators.masking import is_masked


class ProductName:
    """The product's name, read when a page shows it."""

    def __str__(self) -> str:
        return str(HelpDesk.load().product.label)


def decide_tab(member: Member) -> int | None:
    """Return 0, which hides the tab, unless the help desk is on and set."""
    return None if HelpDesk.load().is_shown else 0


def list_copies(member: Member) -> list[tuple[str, Delivery]]:
    """Return the member's newest form mails whose copy went to the inbox: the form's name, and the copy's delivery."""
    rows = Submission.objects.filter(member=member).select_related("form")
    newest = rows.order_by("-received_at", "-pk")[:NEWEST]
    names = {f"{build_key(each)}:copy": each.form.name for each in newest}
    copies = Delivery.objects.filter(key__in=names).order_by("-planned_at", "-pk")
    return [(names[copy.key or ""], copy) for copy in copies]


def build_desk_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    desk = HelpDesk.load()
    return {
        "copies": list_copies(member),
        "desk": desk if desk.is_shown else None,
        # The address would stand in the link.
        "inbox_url": build_inbox_url(desk, "" if is_masked() else member.email),
        "by_address": "{email}" in desk.link_template,
        "is_masked": is_masked(),
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
