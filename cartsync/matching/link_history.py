"""What a person decided about a member's links, as lines of the member's history (変更履歴)."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cartsync.models import CartCustomer
from members.identity.change_history import HistoryKey, record_member_event

KEY = "cart_link"
TITLES = {
    "linked": gettext_lazy("カートの顧客と連携"),
    "ended": gettext_lazy("カートとの連携を終了"),
    "ignored": gettext_lazy("惜しい一致を無視"),
    "accepted": gettext_lazy("連携後の変更を承認（このまま）"),
}


def record_link_event(event: str, member_id: int, customer: CartCustomer) -> None:
    """Record for the member that the operator in the scope linked, ended or accepted the link with this customer."""
    value = {"event": event, "cart": customer.cart.name, "number": customer.number}
    before = value | {"event": "linked"} if event == "ended" else None
    record_member_event(member_id, {KEY: before}, {KEY: value})


def format_link(value: Any) -> str:
    """Return the cart and the customer's number; '' once the link has ended."""
    if value["event"] == "ended":
        return ""
    return _("%(cart)s 顧客番号%(number)s") % value


def build_link_title(after: Any) -> str:
    return str(TITLES[after["event"]])


HISTORY_KEY = HistoryKey(
    KEY, gettext_lazy("カートとの連携"), format_link, build_link_title
)
