"""The durable timer, against the real database; where time passes, the rows' times are moved."""

import uuid
from datetime import datetime, timedelta

import pytest
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone

from tenants import wakeups
from tenants.models import ClosedReason, Tenant, Wakeup
from tenants.scope import get_current_tenant_id
from tenants.shops.closed import close_shop, reopen_shop
from tenants.wakeups import (
    Turn,
    claim_due_wakeups,
    gather_wakeups,
    start_wakeup,
    wake,
    woken,
)
from tests.conftest import become
from tests.waiting import wait_until

ran: list[tuple[int, int]] = []
answer: dict[str, datetime | Exception | None] = {"again": None}


@woken("tests.work")
def work(tenant: Tenant, subject: int) -> datetime | None:
    assert get_current_tenant_id() == tenant.pk
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


def turn(shop: Tenant) -> Turn:
    """A worker's try at the row without a subject."""
    return Turn(shop.pk, "tests.work", 0, uuid.uuid4())


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


def test_gathered_ones_are_stored_at_the_end_each_at_its_earliest(
    shop: Tenant,
) -> None:
    soon, later = (timezone.now() + timedelta(hours=n) for n in (1, 2))
    with gather_wakeups():
        wake(shop, "some.kind", at=later)
        wake(shop, "other.kind", at=later, subject=7)
        wake(shop, "some.kind", at=soon)
        assert not Wakeup.objects.filter(kind__endswith=".kind").exists()
    rows = Wakeup.objects.filter(kind__endswith=".kind").order_by("kind")
    assert [(each.kind, each.subject, each.due_at) for each in rows] == [
        ("other.kind", 7, later),
        ("some.kind", 0, soon),
    ]


def test_what_was_queued_before_the_shop_closed_waits_too(shop: Tenant) -> None:
    wake(shop, "tests.work")
    assert claim_due_wakeups() == [(shop.pk, "tests.work", 0)]
    close_shop(shop, ClosedReason.DISABLED)
    run(shop)
    assert ran == []
    reopen_shop(shop)
    run(shop)
    assert ran == [(shop.pk, 0)]


def test_only_what_is_due_is_queued_and_only_once(shop: Tenant) -> None:
    wake(shop, "tests.work", subject=1)
    wake(shop, "tests.work", subject=2, at=timezone.now() + timedelta(hours=1))
    assert claim_due_wakeups() == [(shop.pk, "tests.work", 1)]
    assert claim_due_wakeups() == []


@pytest.fixture
def workers(settings: object) -> None:
    settings.QUEUE_WORKERS = {"celery": 6, "jobs": 2}  # type: ignore[attr-defined]


def test_a_shop_holds_half_of_a_queues_workers(shop: Tenant, workers: None) -> None:
    """Of one kind it holds one less: two slow carts leave a place for its own webhooks."""
    other = Tenant.objects.create(slug="other", name="別の店")
    for subject in range(5):
        wake(shop, "tests.work", subject=subject)
    wake(other, "tests.work", subject=9)
    wake(shop, "tests.else", subject=1)
    wake(shop, "tests.else", subject=2)
    for subject in (1, 2):
        wake(shop, "jobs.run", subject=subject)
    assert sorted(claim_due_wakeups()) == [
        (shop.pk, "jobs.run", 1),
        (shop.pk, "tests.else", 1),
        (shop.pk, "tests.work", 0),
        (shop.pk, "tests.work", 1),
        (other.pk, "tests.work", 9),
    ]
    assert claim_due_wakeups() == []


def test_what_is_worked_on_counts_and_what_was_killed_does_not(
    shop: Tenant, workers: None
) -> None:
    for subject in range(3):
        wake(shop, "tests.work", subject=subject)
    working = [Turn(shop.pk, "tests.work", n, uuid.uuid4()) for n in (0, 1)]
    assert [start_wakeup(one) for one in working] == [0, 0]
    assert claim_due_wakeups() == []
    let_pass(wakeups.LEASE_SECONDS + 1)
    assert len(claim_due_wakeups()) == 2


def test_the_end_of_a_task_queues_the_shops_next_one(
    shop: Tenant, workers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    monkeypatch.setattr(
        wakeups.current_app, "send_task", lambda kind, args, **k: sent.append(args)
    )
    for subject in range(3):
        wake(shop, "tests.work", subject=subject)
    wakeups.queue_due_tasks()
    assert sent == [(shop.pk, 0), (shop.pk, 1)]
    run(shop, 0)
    assert sent[2:] == [(shop.pk, 2)]
    run(shop, 1)
    assert sent[3:] == []


def test_without_a_broker_the_next_one_waits_for_the_tick(
    shop: Tenant, workers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError

    for subject in range(3):
        wake(shop, "tests.work", subject=subject)
    claim_due_wakeups()
    monkeypatch.setattr(wakeups.current_app, "send_task", fail, raising=False)
    run(shop, 0)
    assert ran == [(shop.pk, 0)]
    let_pass(wakeups.QUEUE_SECONDS + 1)
    assert (shop.pk, "tests.work", 2) in claim_due_wakeups()


def test_a_task_runs_once_however_often_it_is_called(shop: Tenant) -> None:
    wake(shop, "tests.work", subject=7)
    claim_due_wakeups()
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
    assert len(claim_due_wakeups()) == 1
    let_pass(wakeups.QUEUE_SECONDS + 1)
    assert claim_due_wakeups() == [(shop.pk, "tests.work", 0)]


def test_a_late_message_still_does_the_work(shop: Tenant) -> None:
    """The queue was longer than the lease of the queued row."""
    wake(shop, "tests.work")
    claim_due_wakeups()
    let_pass(wakeups.QUEUE_SECONDS * 3)
    run(shop)
    assert ran == [(shop.pk, 0)]


def test_a_killed_workers_row_is_taken_over_and_its_end_changes_nothing(
    shop: Tenant,
) -> None:
    wake(shop, "tests.work")
    killed = turn(shop)
    assert start_wakeup(killed) == 0
    assert (claim_due_wakeups(), start_wakeup(turn(shop))) == ([], None)
    let_pass(wakeups.LEASE_SECONDS + 1)
    assert claim_due_wakeups() == [(shop.pk, "tests.work", 0)]
    second = turn(shop)
    assert start_wakeup(second) == 0
    wakeups.finish_wakeup(killed, None, 0, "")
    assert row().token == second.token


def test_what_arrives_during_the_run_is_not_lost(shop: Tenant) -> None:
    wake(shop, "tests.work")
    first = turn(shop)
    start_wakeup(first)
    wake(shop, "tests.work")
    wakeups.finish_wakeup(first, timezone.now() + timedelta(hours=1), 0, "")
    assert claim_due_wakeups() == [(shop.pk, "tests.work", 0)]


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
    """Twice, a third of the lease apart; the other two thirds are what a busy machine may take."""
    monkeypatch.setattr(wakeups, "LEASE_SECONDS", 3)
    shop = Tenant.objects.create(slug="shop", name="店")
    wake(shop, "tests.work")
    working = turn(shop)
    start_wakeup(working)
    with wakeups.renew_lease(working):
        for _ in range(2):
            before = row().lease_until
            wait_until(lambda: row().lease_until > before)  # noqa: B023
        assert claim_due_wakeups() == []
        assert start_wakeup(turn(shop)) is None
    let_pass(3)
    assert claim_due_wakeups() == [(shop.pk, "tests.work", 0)]
    assert start_wakeup(turn(shop)) == 0


@pytest.mark.django_db(transaction=True)
def test_every_statement_finds_its_row_by_its_key(shop: Tenant) -> None:
    given = {
        **turn(shop)._asdict(),
        "lease": 1,
        "again": None,
        "kept": [],
        "failures": 0,
        "error": "",
    }
    statements = {
        "start": (wakeups.START, given), "renew": (wakeups.RENEW, given), "finish": (wakeups.FINISH, given),
        "tidy": (wakeups.TIDY, given),
        "queue": (wakeups.QUEUE, {"queues": "{}", "default": "celery", "most": "{}", "kept": [], "limit": 200,
                                  "lease": 1, "shop": None, "queue": None}),
    }  # fmt: skip
    with connection.cursor() as cursor:
        # Among few rows any index is as good as another.
        cursor.execute(
            "INSERT INTO tenants_wakeup (tenant_id, kind, subject, failures, last_error)"
            " SELECT %s, 'tests.many', n, 0, '' FROM generate_series(1, 3000) n",
            [shop.pk],
        )
    become("tsunagi_owner")
    with connection.cursor() as cursor:
        # What autovacuum last saw of other tests' rows must not choose the plan.
        cursor.execute("ANALYZE tenants_wakeup")
    become("tsunagi_app")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off"
        )
        for name, (statement, values) in statements.items():
            cursor.execute(f"EXPLAIN {statement}", values)
            assert "tenants_wakeup_pkey" in "".join(
                line for (line,) in cursor.fetchall()
            ), name
