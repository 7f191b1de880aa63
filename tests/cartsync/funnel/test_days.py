"""How the days of the funnel are recorded, drawn and chosen."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cartsync.funnel.chart import draw_days, round_up
from cartsync.funnel.count import (
    count_funnel,
    list_funnel_days,
    record_funnel_day,
)
from cartsync.models import Cart, FunnelDay
from tenants.models import Tenant
from tests.cartsync.conftest import DAY, known

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(cart: Cart) -> Cart:
    """A cart, matched by phone, that has been read since everybody answered."""
    cart.read_until = DAY + timedelta(days=1)
    cart.save()
    return cart


def test_a_day_has_one_row_and_the_last_count_stays(read: Cart, sakura: Tenant) -> None:
    morning = datetime(2026, 11, 30, 0, 30, tzinfo=UTC)  # 9:30 in Japan
    record_funnel_day(morning)
    known("090-1111-0001", line_state="friend")
    record_funnel_day(morning + timedelta(hours=5))
    record_funnel_day(morning + timedelta(hours=15))  # 0:30 of the next day
    assert list(
        FunnelDay.objects.order_by("day").values_list("day", "friends", "known")
    ) == [(date(2026, 11, 30), 1, 1), (date(2026, 12, 1), 1, 1)]


def make_day(day: date, *counts: int) -> FunnelDay:
    friends, known, linked = counts
    return FunnelDay(
        day=day, counted_at=DAY, friends=friends, known=known, linked=linked
    )


def test_the_chart_places_days_by_date_and_numbers_by_size(sakura: Tenant) -> None:
    days = [
        make_day(date(2026, 11, 1), 0, 0, 0),
        make_day(date(2026, 11, 2), 10, 5, 0),
        make_day(date(2026, 11, 5), 20, 10, 5),
    ]
    chart = draw_days(days)
    assert chart
    assert [area.path for area in chart.areas] == [
        "M56 200 L56 200 L217 100 L700 0 L700 200 Z",
        "M56 200 L56 200 L217 150 L700 100 L700 200 Z",
        "M56 200 L56 200 L217 200 L700 150 L700 200 Z",
    ]
    assert [tick.text for tick in chart.numbers] == ["20", "10", "0"]
    assert [tick.text for tick in chart.dates] == ["11/01", "11/02", "11/05"]


@pytest.mark.parametrize(
    ("number", "top"), [(0, 2), (3, 4), (10, 10), (11, 20), (85, 100), (2401, 4000)]
)
def test_the_axis_ends_at_a_number_that_reads_well(number: int, top: int) -> None:
    assert round_up(number) == top


def test_the_period_is_chosen(aiko: Client, read: Cart) -> None:
    today = timezone.localdate()
    for back in (0, 29, 30, 89, 364):
        make_day(today - timedelta(days=back), 3, 2, 1).save()
    known("090-1111-0001", line_state="friend")
    days = list_funnel_days(90, count_funnel())
    assert [(day.friends, day.known, day.linked) for day in days] == [
        *[(3, 2, 1)] * 3,
        (1, 1, 0),  # today as the tiles above the chart say it
    ]
    page = aiko.get("/t/sakura/carts/funnel/?days=365")
    assert [day.day for day in page.context["days"]] == [
        today - timedelta(days=back) for back in (0, 29, 30, 89, 364)
    ]
    assert page.content.count(b'fill-opacity="0.16"') == 3
    assert aiko.get("/t/sakura/carts/funnel/?days=x").status_code == 302
