"""設定 › 営業日カレンダー › 日付の計算: what becomes of an order, by the same functions that plan its messages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from console.templatetags.kit import format_moment
from messaging.calendar.business_days import (
    BusinessDays,
    NoOpenDay,
    ShippingPlan,
    plan_shipped,
    plan_shipping,
)
from messaging.calendar.manage import load_business_days
from messaging.calendar.texts import describe_rules
from messaging.models import Scenario, Step
from messaging.scenarios.plan import PlannedStep, find_starts, plan_steps
from messaging.schedule.due import Timing, compute_wished
from messaging.schedule.examples import play_rule
from messaging.screens.calendar.forms import CalculatorForm
from operators.rights import ShopRequest, require_right
from operators.roles import VIEW

CountsFrom = Scenario.CountsFrom


@dataclass(frozen=True)
class ShownStep:
    """One message: what is set for it, when it goes out, and each setting that moved it."""

    step: Step
    at: datetime
    moved: list[str]


@require_right(VIEW)
@require_safe
def show_calculator(request: ShopRequest) -> HttpResponse:
    """Show what becomes of an order that came at a given time, and which rule moved it."""
    now = timezone.localtime().replace(second=0, microsecond=0)
    start = {
        "by": "order",
        "received": now,
        "steps": "3, 10, 25",
        "at": time(10),
        "scenario": request.GET.get("scenario", ""),
    }
    asked = "received" in request.GET
    form = CalculatorForm(request.GET if asked else None, initial=start)
    context = {"form": form, **(calculate_dates(form) if form.is_valid() else {})}
    status = 422 if asked and form.errors else 200
    return render(request, "messaging/calendar/calculator.html", context, status=status)


def calculate_dates(form: CalculatorForm) -> dict[str, Any]:
    days, given = load_business_days(), form.cleaned_data
    received = timezone.localtime(given["received"])
    scenario, steps = choose_steps(given)
    try:
        plan = plan_order(given["by"], received, days)
        planned = list(plan_steps(scenario, steps, received, received, calendar=days))
    except NoOpenDay:
        form.add_error(
            "received",
            _(
                "この日から60日間、営業日がありません。営業日カレンダーを確かめてください。"
            ),
        )
        return {}
    shown = {
        "plan": plan,
        "rules": describe_rules(plan, days),
        "scenario": scenario if scenario.pk else None,
        "steps": [
            ShownStep(step, each.at, explain_moves(scenario, step, each, days))
            for step, each in zip(steps, planned, strict=True)
        ],
    }
    if not given["again"]:
        return shown
    return shown | compare_rules(given, days, scenario, steps, planned)


def choose_steps(given: dict[str, Any]) -> tuple[Scenario, list[Step]]:
    """Return the scenario that was chosen with its steps, else one of the days and the time that were typed."""
    scenario: Scenario | None = given["scenario"]
    if scenario:
        return scenario, list(Step.objects.filter(scenario=scenario).in_order())
    by_order = given["by"] == "order"
    counts_from = CountsFrom.SHIPPING if by_order else CountsFrom.EVENT
    steps = [
        Step(pk=number, delay=delay, at_time=given["at"])
        for number, delay in enumerate(given["steps"], 1)
    ]
    return Scenario(counts_from=counts_from), steps


def plan_order(by: str, received: datetime, days: BusinessDays) -> ShippingPlan:
    return plan_shipping(received, days) if by == "order" else plan_shipped(received)


def explain_moves(
    scenario: Scenario, step: Step, planned: PlannedStep, days: BusinessDays
) -> list[str]:
    """Return a sentence for each setting that moved the message from the moment that its delay alone names."""
    timing = step.timing(scenario.window)
    received = planned.base.astimezone(planned.at.tzinfo)
    starts = find_starts(scenario, received, days)
    start = starts[0] if timing.at else starts[1]
    wished = compute_wished(timing, start, days)
    moved = []
    if timing.open_days and timing.delay >= timedelta(days=1):
        moved.append(_("日数を営業日で数えました。"))
    if timing.at and wished.date() > find_day(timing, start, days).date():
        moved.append(
            _("%(time)sを過ぎていたため、翌日にしました。")
            % {"time": timing.at.strftime("%H:%M")}
        )
    if wished < received:
        moved.append(
            _("計算した日時（%(at)s）を過ぎているため、受信してすぐに送ります。")
            % {"at": format_moment(wished)}
        )
    if planned.moved_from and scenario.window:
        moved.append(
            _(
                "送信時間帯（%(start)s〜%(end)s）の外の%(at)sになるため、次の開始時刻にしました。"
            )
            % {
                "start": scenario.window.start.strftime("%H:%M"),
                "end": scenario.window.end.strftime("%H:%M"),
                "at": format_moment(planned.moved_from),
            }
        )
    return moved


def find_day(timing: Timing, start: datetime, days: BusinessDays) -> datetime:
    """Return the moment that the delay alone leads to, whatever time of day is set."""
    return compute_wished(replace(timing, at=None), start, days)


def compare_rules(
    given: dict[str, Any],
    days: BusinessDays,
    scenario: Scenario,
    steps: Sequence[Step],
    first: Sequence[PlannedStep],
) -> dict[str, Any]:
    """Return the plan of the second order, and which messages of both go out under each of the four rules."""
    again = timezone.localtime(given["again"])
    try:
        plan = plan_order(given["by"], again, days)
        second = list(plan_steps(scenario, steps, again, again, calendar=days))
    except NoOpenDay:
        return {}
    dues = [each.at for each in first], [each.at for each in second]
    rules = [
        {
            "label": rule.label,
            "is_set": bool(scenario.pk) and scenario.second_event == rule,
            "mails": play_rule(rule, *dues, again),
        }
        for rule in Scenario.SecondEvent
    ]
    return {"second": plan, "examples": rules}
