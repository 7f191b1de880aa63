"""Fields of conditions about the requests of a member: what they asked for, and what became of it."""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from members.conditions.kinds.choices import Choices, ChoicesWithin
from members.conditions.kinds.days import get_day_start, resolve_day
from members.conditions.registry import Field, Way
from rpa.models import CancellationRequest

GROUP = _("RPA")
Kind, State = CancellationRequest.Kind, CancellationRequest.State
# 抑止: cancelling was asked for, and something else was taken instead.
RESULTS = {
    "kept": (_("解約の抑止"), Q(asked_kind=Kind.CANCEL) & ~Q(kind=F("asked_kind"))),
    "done": (_("対応完了"), Q(state=State.VERIFIED)),
    "refused": (_("解約不可"), Q(state=State.REFUSED)),
    "person": (_("要確認"), Q(state=State.PERSON)),
    "closed": (_("対応停止"), Q(state=State.CLOSED)),
}


def compile_requested(op: str, value: Any) -> Q:
    recent = isinstance(value, dict)
    rows = CancellationRequest.objects.filter(
        member_id=OuterRef("pk"), kind__in=value["of"] if recent else value
    )
    if recent:
        start = get_day_start(resolve_day({"days": -value["days"]}))
        rows = rows.filter(received_at__gte=start)
    return Q(Exists(rows)) if op == "in" else ~Q(Exists(rows))


def compile_result(op: str, value: Any) -> Q:
    wanted = Q()
    for name in value:
        wanted |= RESULTS[name][1]
    rows = CancellationRequest.objects.filter(wanted, member_id=OuterRef("pk"))
    return Q(Exists(rows)) if op == "in" else ~Q(Exists(rows))


KINDS, RECENT = Choices(lambda: Kind.choices), ChoicesWithin(lambda: Kind.choices)
ENDS = Choices(lambda: [(name, label) for name, (label, _q) in RESULTS.items()])
REQUESTED = Field(
    "request",
    _("解約などの申請"),
    GROUP,
    (
        Way("in", _("いずれかを申請した"), KINDS, _("%(value)sを申請した")),
        Way("not_in", _("どれも申請していない"), KINDS, _("%(value)sを申請していない")),
        Way("in", _("過去◯日以内に申請した"), RECENT, _("%(value)sを申請した")),
        Way(
            "not_in",
            _("過去◯日以内に申請していない"),
            RECENT,
            _("%(value)sを申請していない"),
        ),
    ),
    compile_requested,
)
RESULT = Field(
    "request_result",
    _("申請の結果"),
    GROUP,
    (
        Way("in", _("いずれかになった"), ENDS, _("%(value)sになった")),
        Way("not_in", _("どれにもなっていない"), ENDS, _("%(value)sになっていない")),
    ),
    compile_result,
)
