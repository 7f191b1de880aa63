"""The worked examples of the four rules say what the enrolling statement does."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from members.models import Member
from messaging.calendar.business_days import BusinessDays
from messaging.models import Delivery, LineAccount, Scenario, Step
from messaging.scenarios.plan import plan_steps
from messaging.schedule.due import get_shop_zone
from messaging.schedule.examples import play_rule
from messaging.triggers.fire import Happening, fire_trigger
from tests.messaging.calendar.test_business_days import (
    ask_oracle,
    calendars,
    moments,
)
from tests.messaging.conftest import make_scenario
from tests.messaging.triggers.test_fire import listen

STEPS = [timedelta(minutes=30), timedelta(days=7)]
State = Delivery.State


@pytest.mark.parametrize("first_done", [False, True])
@pytest.mark.parametrize("rule", Scenario.SecondEvent.values)
def test_the_example_is_what_happens(
    account: LineAccount, member: Member, rule: str, first_done: bool
) -> None:
    """First order two hours ago, second one hour ago; ``first_done``: the series was one mail long."""
    steps = STEPS[:1] if first_done else STEPS
    scenario = make_scenario(
        account,
        steps=[(delay, str(n)) for n, delay in enumerate(steps)],
        second_event=rule,
    )
    listen(scenario, "order")
    first = timezone.now() - timedelta(hours=2)
    second = first + timedelta(hours=1)
    fire_trigger(account.tenant, "order", "", [Happening(member.pk, "order:1", first)])
    # The planner sends at once what is due already: these have gone out by now.
    Delivery.objects.filter(step__delay=STEPS[0]).update(state=State.SENT)
    fire_trigger(account.tenant, "order", "", [Happening(member.pk, "order:2", second)])
    rows = Delivery.objects.exclude(state=State.CANCELLED)
    went = sorted(rows.values_list("enrollment__trigger_key", "step__delay"))
    example = play_rule(rule, list_dues(first, steps), list_dues(second, steps), second)
    assert went == sorted(
        (f"order:{mail.event}", steps[mail.number - 1]) for mail in example if mail.goes
    )


@pytest.mark.parametrize("rule", Scenario.SecondEvent.values)
def test_two_orders_of_one_second_are_the_same_told_at_once_or_one_by_one(
    account: LineAccount, member: Member, rule: str
) -> None:
    """One order of each pair is told before the other, after it, or with it: the same messages wait."""
    at = timezone.now() + timedelta(minutes=5)
    events = [Happening(member.pk, f"order:{number}", at) for number in (9, 10)]
    found = []
    for parts in ([events], [events[:1], events[1:]]):
        scenario = make_scenario(
            account, steps=[(delay, "x") for delay in STEPS], second_event=rule
        )
        listen(scenario, "order")
        for part in parts:
            fire_trigger(account.tenant, "order", "", part)
        waiting = Delivery.objects.filter(
            enrollment__scenario=scenario, state=State.SCHEDULED
        )
        rows = waiting.values_list("enrollment__trigger_key", "step__delay")
        found.append(sorted(rows))
        Scenario.objects.filter(pk=scenario.pk).update(is_on=False)
    keys = {"every": ["order:10", "order:9"], "restart": ["order:10"]}
    kept = keys.get(rule, ["order:9"])
    assert found == [[(key, delay) for key in kept for delay in STEPS]] * 2


@settings(max_examples=40)
@given(
    st.lists(moments, min_size=2, max_size=2, unique=True).map(sorted),
    calendars,
    st.lists(st.integers(0, 40), min_size=1, max_size=4, unique=True).map(sorted),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from(Scenario.SecondEvent.values),
)
def test_what_goes_out_is_what_a_person_would_tick_off(
    received: list[datetime],
    days: BusinessDays,
    after: list[int],
    at: time,
    rule: str,
) -> None:
    """Receipt times, calendars, cut-offs and rules, against somebody who lives through the days with a list."""
    zone = get_shop_zone()
    first, second = (moment.replace(tzinfo=zone) for moment in received)
    scenario = Scenario(tenant_id=1, counts_from="shipping")
    steps = [
        Step(pk=days, tenant_id=1, delay=timedelta(days=days), at_time=at)
        for days in after
    ]
    dues = [
        [row.at for row in plan_steps(scenario, steps, base, base, calendar=days)]
        for base in (first, second)
    ]
    went = [
        (mail.event, mail.number, mail.at)
        for mail in play_rule(rule, *dues, second)
        if mail.goes
    ]
    assert sorted(went) == live_through([first, second], days, after, at, rule)


def live_through(
    orders: list[datetime], days: BusinessDays, after: list[int], at: time, rule: str
) -> list[tuple[int, int, datetime]]:
    """Return (order, mail, when) of each mail that went out: a list of what waits, changed as each order comes in."""
    waiting: list[tuple[datetime, int, int]] = []
    gone: list[tuple[int, int, datetime]] = []
    for order, received in enumerate(orders, 1):
        gone += [(n, mail, due) for due, n, mail in waiting if due <= received]
        waiting = [row for row in waiting if row[0] > received]
        if rule == "restart":
            waiting = []
        if order > 1 and (rule == "once" or (rule == "not_running" and waiting)):
            continue
        _receipt_day, shipped = ask_oracle(received.replace(tzinfo=None), days)
        for mail, count in enumerate(after, 1):
            due = datetime.combine(shipped + timedelta(days=count), at, received.tzinfo)
            waiting.append((max(due, received), order, mail))
    return sorted(gone + [(n, mail, due) for due, n, mail in waiting])


def list_dues(base: datetime, steps: list[timedelta]) -> list[datetime]:
    return [base + delay for delay in steps]


def test_mails_stand_in_the_order_in_which_they_are_due() -> None:
    start = datetime(2026, 12, 1, 10)
    days = [start + timedelta(days=n) for n in range(6)]
    shown = play_rule("every", [days[1], days[4]], [days[3], days[5]], days[2])
    assert [(mail.event, mail.number) for mail in shown] == [
        (1, 1),
        (2, 1),
        (1, 2),
        (2, 2),
    ]
    assert all(mail.goes for mail in shown)
