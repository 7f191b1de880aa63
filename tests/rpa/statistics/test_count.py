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
    # One bar of the kinds, and one of how the customer was found.
    assert page.count('class="k1"') == 2


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


def test_the_months_are_narrowed_to_a_line_of_a_table(cart: Cart, cast: Cast) -> None:
    earlier = datetime(2026, 10, 10, tzinfo=UTC)
    make_request(cart, "verified", NOW, reason="余った", made_by=cast.ed)
    make_request(cart, "verified", NOW, before={"product": "めぐり茶"})
    make_request(
        cart, "verified", earlier, reason="高い", before={"product": "めぐり茶"}
    )
    asked = {"asked_kind": "cancel", "kind": "pause", "answered_at": NOW}
    make_request(cart, "verified", NOW, before={"product": "めぐり茶"}, **asked)

    def narrow(by: str, place: int) -> tuple[str, list[tuple[int, int]]]:
        found = count_requests(NOW, by, place)
        months = [(month.total, month.kept) for month in found.months[-2:]]
        return found.narrowed_to, months

    assert narrow("product", 0) == ("めぐり茶", [(1, 0), (2, 1)])
    assert narrow("product", 1) == ("青汁", [(0, 0), (1, 0)])
    assert narrow("reason", 1) == ("高い", [(1, 0), (0, 0)])
    assert narrow("operator", 0) == ("江戸 次郎", [(0, 0), (1, 0)])
    everything = ("", [(1, 0), (3, 1)])
    assert [narrow("product", 2), narrow("shop", 0), narrow("", 1)] == [everything] * 3


def test_each_months_conditions(cart: Cart, vic: Client) -> None:
    earlier = datetime(2026, 10, 10, tzinfo=UTC)
    for ended, found_by, why in ((NOW, 1, ""), (NOW, 2, ""), (earlier, None, "none")):
        make_request(cart, "verified", ended, found_by=found_by, why=why)
    october, november = count_requests(NOW).conditions[-2:]
    assert [name for name, n in october.counts.items() if n] == ["none"]
    assert [name for name, n in november.counts.items() if n] == ["1", "2"]


def test_a_line_leads_to_its_months(vic: Client, cart: Cart) -> None:
    make_request(cart, "verified", datetime.now(UTC), reason="余った")
    page = vic.get("/t/sakura/rpa/requests/statistics/?by=reason&place=0")
    text = page.content.decode()
    assert "理由：余った" in text
    assert 'href="?by=reason&amp;place=0"' in text
    assert page.context["narrowed"] == "理由"
    odd = vic.get("/t/sakura/rpa/requests/statistics/?by=reason&place=x")
    assert odd.status_code == 200
