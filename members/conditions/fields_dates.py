"""Fields of dates: the moments that a member has, and since when the member wants no messages by a channel."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy

from members.conditions.fields import BASIC, LINE
from members.conditions.kinds import LazyText
from members.conditions.kinds_days import DATE_WAYS, build_empty_ways, build_period_q
from members.conditions.registry import Field


def _build_date_field(
    name: str,
    label: LazyText,
    group: LazyText,
    empty: LazyText | None = None,
    filled: LazyText | None = None,
) -> Field:
    """Build a field on a column of moments.

    ``empty`` and ``filled``: what it is called that there is no moment, or that there is one.
    """
    ends = build_empty_ways(empty, filled) if empty and filled else build_empty_ways()

    def compiled(op: str, value: Any) -> Q:
        return build_period_q(name, op, value)

    return Field(name, label, group, (*DATE_WAYS, *ends), compiled)


NOT_OPTED_OUT, OPTED_OUT = (
    gettext_lazy("受信拒否していない"),
    gettext_lazy("受信拒否している"),
)
FIELDS = (
    _build_date_field("known_at", gettext_lazy("認知日"), BASIC),
    _build_date_field("answered_at", gettext_lazy("最終回答日"), BASIC),
    _build_date_field("created_at", gettext_lazy("登録日"), BASIC),
    _build_date_field("last_seen_at", gettext_lazy("最終反応"), LINE),
    _build_date_field(
        "line_optout_at",
        gettext_lazy("受信拒否（LINE）"),
        LINE,
        NOT_OPTED_OUT,
        OPTED_OUT,
    ),
    _build_date_field(
        "mail_optout_at",
        gettext_lazy("受信拒否（メール）"),
        BASIC,
        NOT_OPTED_OUT,
        OPTED_OUT,
    ),
)
