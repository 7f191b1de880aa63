"""The statistics count what ended, by the month in which it did; the chart draws what was counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from cartsync.models import Cart
from rpa.models import CancellationRequest
from rpa.statistics.chart import HEIGHT, draw_months
from rpa.statistics.count import count_requests, list_months
from tests.conftest import Cast

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("sakura")


def make_request(cart: Cart, state: str, ended: datetime, **values: Any) -> None:
    given = {
        "kind": "cancel",
        "received_at": ended - timedelta(minutes=30),
        "before": {"product": "青汁"},
        "found_by": 1,
    }
    CancellationRequest.objects.create(
        cart=cart, state=state, ended_at=ended, **given | values
    )


def test_twelve_months_end_with_this_one() -> None:
    months = [f"{day:%Y-%m}" for day in list_months(NOW)]
    assert (months[0], months[-1], len(months)) == ("2025-12", "2026-11", 12)


def test_each_count(cart: Cart, cast: Cast) -> None:
    make_request(cart, "verified", NOW, reason="余った", made_by=cast.ed)
    make_request(cart, "verified", NOW, kind="pause", found_by=2)
    # In Japan the first of November has begun.
    make_request(cart, "verified", datetime(2026, 10, 31, 15, tzinfo=UTC), found_by=0)
    make_request(
        cart,
        "verified",
        datetime(2026, 10, 31, 14, tzinfo=UTC),
        before={"product": "めぐり茶"},
    )
    make_request(cart, "refused", NOW, why="too_late")
    make_request(cart, "closed", NOW, found_by=None, why="closed_not")
    make_request(cart, "rehearsed", NOW)
    make_request(cart, "verified", NOW - timedelta(days=400))
    CancellationRequest.objects.create(
        cart=cart, kind="cancel", state="person", why="several", received_at=NOW
    )
    found = count_requests(NOW)
    assert (found.done, found.ended, found.rate) == (4, 6, 67)
    assert found.time_to_done == timedelta(minutes=30)
    assert {f"{m.first:%Y-%m}": m.counts for m in found.months if m.counts} == {
        "2026-10": {"cancel": 1},
        "2026-11": {"cancel": 2, "pause": 1},
    }
    assert found.by_product == [("青汁", 3), ("めぐり茶", 1)]
    assert (found.by_reason, found.by_operator) == ([("余った", 1)], [("江戸 次郎", 1)])
    assert found.by_condition == [
        ("1", 4),
        ("2", 1),
        ("3", 0),
        ("person", 1),
        ("several", 1),
        ("none", 0),
    ]


def test_the_highest_month_fills_the_picture(cart: Cart) -> None:
    for kind in ("cancel", "cancel", "pause", "skip"):
        make_request(cart, "verified", NOW, kind=kind)
    make_request(cart, "verified", datetime(2026, 10, 10, tzinfo=UTC))
    chart = draw_months(count_requests(NOW).months)
    october, november = (
        [(bar.number, bar.y, bar.height) for bar in column.bars]
        for column in chart.columns[-2:]
    )
    assert november == [(1, 90, 90), (2, 45, 45), (3, 0, 45)]
    assert october == [(1, 135, 45)]
    assert sum(height for _n, _y, height in november) == HEIGHT


def test_the_page_says_what_was_counted(vic: Client, cart: Cart) -> None:
    empty = vic.get("/t/sakura/rpa/requests/statistics/")
    assert (empty.status_code, empty.context["found"].rate) == (200, None)
    make_request(cart, "verified", datetime.now(UTC), reason="余った")
    page = vic.get("/t/sakura/rpa/requests/statistics/").content.decode()
    assert ("余った" in page, "第1条件" in page, "30分" in page) == (True, True, True)
    assert page.count('class="k1"') == 1


def test_offers_and_the_time_to_cancel(cart: Cart) -> None:
    opened = NOW - timedelta(seconds=90)
    asked = {"asked_kind": "cancel", "offered_at": NOW, "opened_at": opened}
    later = NOW + timedelta(seconds=30)
    make_request(cart, "verified", NOW, received_at=NOW, answered_at=later, **asked)
    make_request(
        cart, "verified", NOW, kind="pause", received_at=NOW, answered_at=later, **asked
    )
    make_request(
        cart, "verified", NOW, received_at=NOW, opened_at=NOW - timedelta(seconds=60)
    )
    make_request(cart, "verified", NOW)
    found = count_requests(NOW)
    assert (found.offered, found.kept, found.kept_rate) == (2, 1, 50)
    assert [month.kept for month in found.months] == [0] * 11 + [1]
    chart = draw_months(found.months)
    # Four were done, one of them kept: a quarter of the height.
    assert [each.kept_y for each in chart.columns[-2:]] == [
        HEIGHT,
        HEIGHT - HEIGHT // 4,
    ]
    assert chart.kept_points.count(",") == 12
    assert (found.time_to_cancel, found.screens) == (timedelta(seconds=90), 1.5)
