"""Fields of dates: the moments that a member has, and since when the member wants no messages by a channel."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy

from members.conditions.fields import BASIC, LINE
from members.conditions.kinds import Words
from members.conditions.kinds_days import DATE_WAYS, empty_ways, span_q
from members.conditions.registry import Field, register


def date_field(
    name: str,
    label: Words,
    group: Words,
    empty: Words | None = None,
    filled: Words | None = None,
) -> Field:
    """Build a field on a column of moments.

    ``empty`` and ``filled``: what it is called that there is no moment, or that there is one.
    """
    ends = empty_ways(empty, filled) if empty and filled else empty_ways()

    def compiled(op: str, value: Any) -> Q:
        return span_q(name, op, value)

    return Field(name, label, group, (*DATE_WAYS, *ends), compiled)


register(date_field("known_at", gettext_lazy("認知日"), BASIC))
register(date_field("answered_at", gettext_lazy("最終回答日"), BASIC))
register(date_field("created_at", gettext_lazy("登録日"), BASIC))
register(date_field("last_seen_at", gettext_lazy("最終反応"), LINE))
NO, YES = gettext_lazy("受信拒否していない"), gettext_lazy("受信拒否している")
register(date_field("line_optout_at", gettext_lazy("受信拒否（LINE）"), LINE, NO, YES))
register(
    date_field("mail_optout_at", gettext_lazy("受信拒否（メール）"), BASIC, NO, YES)
)
