"""How often members were there."""

from functools import partial

from django.utils.translation import gettext_lazy

from members.conditions.fields import LINE
from members.conditions.kinds_numbers import build_number_q, build_number_ways
from members.conditions.registry import Field

WAYS = build_number_ways(gettext_lazy("回"), nullable=False)
VISITS = Field(
    "visits", gettext_lazy("訪問回数"), LINE, WAYS, partial(build_number_q, "visits")
)
SESSIONS = Field(
    "sessions",
    gettext_lazy("セッション数"),
    LINE,
    WAYS,
    partial(build_number_q, "sessions"),
)
FIELDS = (VISITS, SESSIONS)
