"""Fields of conditions about the messages that a member got."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from members.conditions.kinds.choices import Choices, StaticChoices
from members.conditions.kinds.days import (
    DATE_WAYS,
    build_empty_ways,
    get_day_start,
    resolve_period,
)
from members.conditions.registry import Field, Way
from messaging.deliveries.reach import is_suppressed
from messaging.models import Delivery, Scenario, Suppression

GROUP = _("配信")


def find_sent_deliveries() -> Any:
    return Delivery.objects.filter(member_id=OuterRef("pk"), state=Delivery.State.SENT)


def list_scenario_choices() -> Iterable[tuple[str, str]]:
    return Scenario.objects.order_by("name", "pk").values_list("public_id", "name")


def compile_scenario(op: str, value: list[str]) -> Q:
    found = Q(
        Exists(find_sent_deliveries().filter(enrollment__scenario__public_id__in=value))
    )
    return found if op == "in" else ~found


def compile_sent(op: str, value: Any) -> Q:
    """Return the condition on the newest message: an older one in the period does not count."""
    if op in ("filled", "empty"):
        return (
            Q(Exists(find_sent_deliveries()))
            if op == "filled"
            else ~Q(Exists(find_sent_deliveries()))
        )
    first, after = resolve_period(op, value)
    found = Q(
        Exists(
            find_sent_deliveries().filter(finished_at__gte=get_day_start(first))
            if first
            else find_sent_deliveries()
        )
    )
    return (
        found
        & ~Q(
            Exists(find_sent_deliveries().filter(finished_at__gte=get_day_start(after)))
        )
        if after
        else found
    )


def list_hold_choices() -> Iterable[tuple[str, Any]]:
    return Suppression.Reason.choices


def compile_hold(op: str, value: list[str]) -> Q:
    """Return the condition on the member's address; one without an address is not held back."""
    found = Q(is_suppressed("", *value))
    return found if op == "in" else ~found


SCENARIO = Choices(list_scenario_choices)
RECEIVED = Field(
    "scenario",
    _("ステップメッセージ"),
    GROUP,
    (
        Way("in", _("いずれかを受け取った"), SCENARIO, _("%(value)sを受け取った")),
        Way(
            "not_in",
            _("どれも受け取っていない"),
            SCENARIO,
            _("%(value)sを受け取っていない"),
        ),
    ),
    compile_scenario,
)
MESSAGED_AT = Field(
    "messaged_at",
    _("最終配信日"),
    GROUP,
    (*DATE_WAYS, *build_empty_ways(_("配信なし"), _("配信あり"))),
    compile_sent,
)
HOLDS = StaticChoices(list_hold_choices)
HELD = Field(
    "mail_held",
    _("メールの送信停止"),
    GROUP,
    (
        Way("in", _("いずれかの理由で停止中"), HOLDS, _("%(value)sで停止中")),
        Way(
            "not_in",
            _("どの理由でも停止していない"),
            HOLDS,
            _("%(value)sでは停止していない"),
        ),
    ),
    compile_hold,
)
FIELDS = (RECEIVED, MESSAGED_AT, HELD)
