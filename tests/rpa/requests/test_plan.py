"""休止 and スキップ by another date: what is counted from what, and that the cart shows it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from cartsync.connectors.base import Action, Order, Subscription
from rpa.models import CancellationRequest, RpaSettings
from rpa.requests.plan import plan_action, plan_date
from tests.rpa.requests.conftest import Stage


def at(day: int, month: int = 12) -> datetime:
    return timezone.make_aware(datetime(2026, month, day, 9))


def found(next_at: datetime | None) -> Subscription:
    return Subscription("7", "1", "青汁", "active", 3, next_at, at(1))


def order(subscription: str, shipped: datetime | None, **more: Any) -> Order:
    made = ("1", "1", "1", "sold", 1, 0, at(1), at(1))
    named = {"subscription_external_id": subscription, "shipped_at": shipped}
    return Order(*made, **named | more)


ORDERS = [
    order("7", at(8, 10)),
    order("7", at(7, 11), delivered_at=at(10, 11)),
    order("8", at(29, 11)),
    order("7", None),
]


@pytest.mark.usefixtures("sakura")
@pytest.mark.parametrize(
    ("kind", "pauses_from", "days", "orders", "planned"),
    [
        ("pause", "next", 60, ORDERS, date(2027, 2, 8)),
        ("pause", "next", None, [], date(2027, 1, 9)),
        ("pause", "previous", 60, ORDERS, date(2027, 1, 9)),
        ("pause", "previous", 20, ORDERS, None),  # before the present date
        ("pause", "previous", 60, [], None),
        ("skip", "", None, ORDERS, date(2027, 1, 9)),
        ("skip", "", None, [order("8", at(29, 11))], None),
    ],
)
def test_the_date(
    kind: str,
    pauses_from: str,
    days: int | None,
    orders: list[Order],
    planned: date | None,
) -> None:
    settings = RpaSettings(pauses_from=pauses_from, pause_days=30)
    request = CancellationRequest(kind=kind, every_days=days)
    with time_machine.travel(at(30, 11), tick=False):
        assert plan_date(request, settings, found(at(10)), orders) == planned
        assert plan_date(request, settings, found(None), orders) is None


@pytest.mark.usefixtures("sakura")
def test_what_is_done_at_the_cart() -> None:
    usual, moving = (
        RpaSettings(),
        RpaSettings(pauses_from="next", skips_by_interval=True),
    )
    kinds = ("cancel", "pause", "skip", "next_date")
    assert [plan_action(kind, usual) for kind in kinds] == list(kinds)
    assert [plan_action(kind, moving) for kind in kinds] == [
        Action.CANCEL,
        *[Action.NEXT_DATE] * 3,
    ]


def test_a_pause_moves_the_next_delivery(stage: Stage, clicks: list[int]) -> None:
    stage.change_settings(pauses_from="next", pause_days=30)
    following = timezone.localdate() + timedelta(days=12)
    stage.row["scheduled_to_be_delivered_at"] = f"{following:%Y/%m/%d} 00:00:00"
    request = stage.receive("pause", every_days=45)
    assert stage.work(request) is None
    done, day = stage.read(request), following + timedelta(days=45)
    assert (done.state, done.wanted_date, done.result) == ("verified", day, "休止受付")
    assert stage.row["scheduled_to_be_delivered_at"].startswith(f"{day:%Y/%m/%d}")
    assert (stage.row["state"], clicks) == ("active", [stage.subscription])


def test_the_date_is_worked_out_again_after_a_wait(
    stage: Stage, clicks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A delivery went out while everything was stopped: the date of then lies before the next one."""
    stage.change_settings(pauses_from="next", pause_days=30)
    first = timezone.localdate() + timedelta(days=12)
    stage.row["scheduled_to_be_delivered_at"] = f"{first:%Y/%m/%d} 00:00:00"
    request = stage.receive("pause")
    with monkeypatch.context() as stopped:
        stopped.setattr("rpa.requests.work.submit_request", lambda *given: None)
        stage.work(request)
    waiting = stage.read(request)
    assert (waiting.state, waiting.wanted_date) == (
        "matched",
        first + timedelta(days=30),
    )
    following = first + timedelta(days=60)
    stage.row["scheduled_to_be_delivered_at"] = f"{following:%Y/%m/%d} 00:00:00"
    stage.work(request)
    done, day = stage.read(request), following + timedelta(days=30)
    assert (done.state, done.wanted_date) == ("verified", day)
    assert stage.row["scheduled_to_be_delivered_at"].startswith(f"{day:%Y/%m/%d}")
    assert clicks == [stage.subscription]


def test_without_a_last_delivery_a_person_decides(
    stage: Stage, clicks: list[int]
) -> None:
    stage.change_settings(skips_by_interval=True)
    request = stage.receive("skip")
    stage.work(request)
    found = stage.read(request)
    assert (found.state, found.why, clicks) == ("person", "no_new_date", [])
