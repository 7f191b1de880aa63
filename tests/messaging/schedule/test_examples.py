"""The worked examples of the four rules say what the enrolling statement does."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from members.models import Member
from messaging.models import Delivery, LineAccount, Scenario
from messaging.schedule.examples import play_rule
from messaging.triggers.fire import Happening, fire_trigger
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
