"""Which columns of the member list an operator sees. The name is always there."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tenants.models import Seat

LIST = "members"
COLUMNS = {
    "contact": _("連絡先"),
    "link": _("連携状態"),
    "line": _("友だち"),
    "tags": _("タグ"),
    "known": _("認知済み"),
    "seen": _("最終反応"),
    "created": _("登録日"),
}
USUAL = [key for key in COLUMNS if key != "known"]


def shown(seat: Seat) -> list[str]:
    """The keys of the columns this seat sees, in the list's order."""
    chosen = seat.columns.get(LIST, USUAL)
    return [key for key in COLUMNS if key in chosen]


def choose(seat: Seat, keys: Iterable[str]) -> None:
    """Keep the choice for this operator in this shop; what is no column is passed over."""
    wanted = set(keys)
    seat.columns = {**seat.columns, LIST: [key for key in COLUMNS if key in wanted]}
    seat.save(update_fields=["columns"])
