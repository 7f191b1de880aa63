"""The durable timer, against the real database; where time passes, the rows' times are moved."""

import uuid
from datetime import datetime, timedelta

import pytest
from celery import current_app
from django.db import connection
from django.utils import timezone

from tenants import wakeups
from tenants.models import Tenant, Wakeup
from tenants.scope import current_tenant_id
from tenants.wakeups import queue_due, start, wake, woken

ran: list[tuple[int, int]] = []
answer: dict[str, datetime | Exception | None] = {"again": None}


@woken("tests.work")
def work(tenant: Tenant, subject: int) -> datetime | None:
    assert current_tenant_id() == tenant.pk
    ran.append((tenant.pk, subject))
    again = answer["again"]
    if isinstance(again, Exception):
        raise again
    return again


@pytest.fixture(autouse=True)
def clean() -> None:
    ran.clear()
    answer["again"] = None


@pytest.fixture
def shop(db: None) -> Tenant:
    return Tenant.objects.create(slug="shop", name="店")


def run(shop: Tenant, subject: int = 0) -> None:
    current_app.tasks["tests.work"](shop.pk, subject)


def row() -> Wakeup:
    return Wakeup.objects.get()


def let_pass(seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tenants_wakeup SET lease_until = lease_until - %(s)s, due_at = due_at - %(s)s",
            {"s": timedelta(seconds=seconds)},
        )


def test_the_earliest_time_is_kept(shop: Tenant) -> None:
    now = timezone.now()
    for minutes in (30, 10, 20):
        wake(shop, "tests.work", at=now + timedelta(minutes=minutes))
    assert row().due_at == now + timedelta(minutes=10)


def test_only_what_is_due_is_queued_and_only_once(shop: Tenant) -> None:
    wake(shop, "tests.work", subject=1)
    wake(shop, "tests.work", subject=2, at=timezone.now() + timedelta(hours=1))
    assert queue_due() == [(shop.pk, "tests.work", 1)]
    assert queue_due() == []


def test_a_task_runs_once_however_often_it_is_called(shop: Tenant) -> None:
    wake(shop, "tests.work", subject=7)
    queue_due()
    run(shop, 7)
    run(shop, 7)
    assert ran == [(shop.pk, 7)]
    assert not Wakeup.objects.exists()


def test_what_it_returns_is_when_it_comes_again(shop: Tenant) -> None:
    answer["again"] = again = timezone.now() + timedelta(minutes=5)
    wake(shop, "tests.work")
    run(shop)
    assert row().due_at == again


def test_a_lost_message_is_sent_again(shop: Tenant) -> None:
    """The broker was flushed after the tick."""
    wake(shop, "tests.work")
    assert len(queue_due()) == 1
    let_pass(wakeups.QUEUE_SECONDS + 1)
    assert queue_due() == [(shop.pk, "tests.work", 0)]


def test_a_late_message_still_does_the_work(shop: Tenant) -> None:
    """The queue was longer than the lease of the queued row."""
    wake(shop, "tests.work")
    queue_due()
    let_pass(wakeups.QUEUE_SECONDS * 3)
    run(shop)
    assert ran == [(shop.pk, 0)]


def test_a_killed_workers_row_is_taken_over_and_its_end_changes_nothing(
    shop: Tenant,
) -> None:
    wake(shop, "tests.work")
    killed = uuid.uuid4()
    assert start(killed, shop.pk, "tests.work", 0) == 0
    assert (queue_due(), start(uuid.uuid4(), shop.pk, "tests.work", 0)) == ([], None)
    let_pass(wakeups.LEASE_SECONDS + 1)
    assert queue_due() == [(shop.pk, "tests.work", 0)]
    second = uuid.uuid4()
    assert start(second, shop.pk, "tests.work", 0) == 0
    wakeups.finish(killed, None, 0, "")
    assert row().token == second


def test_what_arrives_during_the_run_is_not_lost(shop: Tenant) -> None:
    wake(shop, "tests.work")
    token = uuid.uuid4()
    start(token, shop.pk, "tests.work", 0)
    wake(shop, "tests.work")
    wakeups.finish(token, timezone.now() + timedelta(hours=1), 0, "")
    assert queue_due() == [(shop.pk, "tests.work", 0)]


def test_failing_pauses_longer_each_time_and_is_shown(
    shop: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    answer["again"] = ValueError("090-1234-5678 does not fit")
    pauses = []
    wake(shop, "tests.work")
    for _ in range(3):
        run(shop)
        due = row().due_at
        assert due
        pauses.append(round((due - timezone.now()).total_seconds()))
        let_pass(1000)
    assert pauses == [5, 15, 60]
    assert (row().failures, row().last_error) == (3, "ValueError")


@pytest.mark.django_db(transaction=True)
def test_the_lease_is_renewed_while_the_work_lasts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import time

    monkeypatch.setattr(wakeups, "LEASE_SECONDS", 1)
    shop = Tenant.objects.create(slug="shop", name="店")
    wake(shop, "tests.work")
    token = uuid.uuid4()
    start(token, shop.pk, "tests.work", 0)
    with wakeups.renewing(token):
        time.sleep(2)
        assert queue_due() == []
        assert start(uuid.uuid4(), shop.pk, "tests.work", 0) is None
    time.sleep(1.2)
    assert queue_due() == [(shop.pk, "tests.work", 0)]
    assert start(uuid.uuid4(), shop.pk, "tests.work", 0) == 0
