"""A changed message reaches what is booked only where a person says so, and never what has gone out."""

from datetime import time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from members.models import Member, Tag
from messaging.models import Content, Delivery, Enrollment, LineAccount, Scenario, Step
from messaging.scenarios.apply import apply_step, count_outdated
from operators.models import AuditEntry
from sandbox.serving import Sandbox
from tenants.models import Wakeup
from tests.messaging.conftest import give, make_friends, make_scenario

BASE = "/t/sakura/messages/steps/"
State = Delivery.State


@pytest.fixture
def members(account: LineAccount, line: Sandbox) -> list[Member]:
    return make_friends(line, account, 4)


@pytest.fixture
def step(account: LineAccount, members: list[Member], tag: Tag) -> Step:
    """The second message of a series that four members run through; its text has just been changed."""
    scenario = make_scenario(
        account, tag, steps=[(timedelta(), "1"), (timedelta(days=3), "前の文")]
    )
    give(tag, *members)
    step = scenario.steps.in_order()[1]
    step.content = Content.objects.create(text="新しい文")
    step.save()
    return step


def texts(step: Step) -> list[str]:
    rows = Delivery.objects.filter(step=step).order_by("member")
    return list(rows.values_list("content__text", flat=True))


def test_who_is_concerned_is_shown_and_then_changed(
    aiko: Client, step: Step, members: list[Member]
) -> None:
    scenario = Scenario.objects.get()
    sent = Delivery.objects.filter(step=step, member=members[0])
    sent.update(state=State.SENT)
    Delivery.objects.filter(step=step, member=members[1]).update(state=State.HELD)
    assert count_outdated(scenario) == {step.pk: 3}
    shown = aiko.get(f"{BASE}{scenario.public_id}/").content.decode()
    assert "予約済みの3件は、前の内容のままです。" in shown
    page = f"{BASE}messages/{step.public_id}/apply/"
    text = aiko.get(page).content.decode()
    assert "予約済み：3件（前の内容のまま：3件）" in text
    assert "友 1" in text and "友 0" not in text
    before = list(Delivery.objects.order_by("pk").values_list("planned_at", flat=True))
    aiko.post(page, {"what": "content"})
    assert texts(step) == ["前の文", "新しい文", "新しい文", "新しい文"]
    after = list(Delivery.objects.order_by("pk").values_list("planned_at", flat=True))
    assert after == before
    assert count_outdated(scenario) == {}
    entry = AuditEntry.objects.get(action="step.applied")
    assert (entry.data["count"], entry.data["times"]) == (3, False)


def test_times_are_counted_again_from_each_trigger(
    step: Step, members: list[Member], tag: Tag
) -> None:
    early = timezone.now() - timedelta(days=2)
    run = Enrollment.objects.get(member=members[0])
    Enrollment.objects.filter(pk=run.pk).update(triggered_at=early)
    first = Delivery.objects.filter(step__content__text="1")
    untouched = list(first.order_by("pk").values_list("planned_at", flat=True))
    Wakeup.objects.filter(kind="messaging.dispatch").delete()
    step.delay, step.at_time = timedelta(days=4), time(10)
    step.save()
    assert apply_step(step, with_times=True) == 4
    for delivery in Delivery.objects.filter(step=step).select_related("enrollment"):
        base = timezone.localtime(delivery.enrollment.triggered_at)
        due = (base + timedelta(days=4)).replace(
            hour=10, minute=0, second=0, microsecond=0
        )
        assert (delivery.planned_at, delivery.due_at) == (due, due)
    assert list(first.order_by("pk").values_list("planned_at", flat=True)) == untouched
    earliest = min(Delivery.objects.filter(step=step).values_list("due_at", flat=True))
    assert Wakeup.objects.get(kind="messaging.dispatch").due_at == earliest
    # The same again changes nothing.
    assert apply_step(step, with_times=True) == 0


def test_each_that_changes_counts_once(step: Step, members: list[Member]) -> None:
    rows = Delivery.objects.filter(step=step)
    rows.filter(member=members[0]).update(content=step.content)
    long_ago = timezone.now() - timedelta(days=9)
    Enrollment.objects.filter(member=members[1]).update(triggered_at=long_ago)
    step.delay = timedelta(days=4)
    step.save()
    # The first has only its time to change, the second only its text.
    assert apply_step(step, with_times=True) == 4


def test_a_time_that_is_over_stays_as_it_was_booked(
    step: Step, members: list[Member]
) -> None:
    long_ago = timezone.now() - timedelta(days=2)
    Enrollment.objects.filter(member=members[0]).update(triggered_at=long_ago)
    booked = Delivery.objects.get(step=step, member=members[0])
    step.delay = timedelta(hours=1)
    step.save()
    assert apply_step(step, with_times=True) == 4
    again = Delivery.objects.get(pk=booked.pk)
    assert (again.planned_at, again.content.text) == (booked.planned_at, "新しい文")
    other = Delivery.objects.get(step=step, member=members[1])
    base = Enrollment.objects.get(member=members[1]).triggered_at
    assert other.planned_at == base + timedelta(hours=1)
