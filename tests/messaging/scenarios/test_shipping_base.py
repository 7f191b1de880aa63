"""Steps that count from the shipping day: against a walk over the days, one by one."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from messaging.calendar.business_days import BusinessDays
from messaging.calendar.manage import save_calendar
from messaging.models import Delivery, LineAccount, Scenario, Step, Trigger
from messaging.scenarios.plan import plan_steps
from messaging.triggers.fire import Happening, fire_trigger
from sandbox.serving import Sandbox
from tests.messaging.conftest import make_friends

BASE = "/t/sakura/messages/"
TOKYO = ZoneInfo("Asia/Tokyo")
DAYS = BusinessDays(cutoff=time(12), shipping_days=2)


def make_step(days: int, at: time | None = time(10, 30)) -> Step:
    return Step(pk=days + 1, tenant_id=1, delay=timedelta(days=days), at_time=at)


def plan(
    base: datetime, steps: list[Step], days: BusinessDays = DAYS
) -> list[datetime]:
    scenario = Scenario(tenant_id=1, counts_from="shipping")
    earliest = datetime(2000, 1, 1, tzinfo=UTC)
    return [
        row.at for row in plan_steps(scenario, steps, base, earliest, calendar=days)
    ]


def walk(received: datetime, days: BusinessDays, after: int, at: time) -> datetime:
    """Return the same by going from day to day (the oracle)."""
    day = received.date()
    if days.cutoff and received.time().replace(second=0, microsecond=0) > days.cutoff:
        day += timedelta(days=1)
    while not days.is_open(day) and not days.count_from_closed_day:
        day += timedelta(days=1)
    if days.count_from_closed_day and not days.is_open(day) and not days.shipping_days:
        while not days.is_open(day):
            day += timedelta(days=1)
    left = days.shipping_days
    while left:
        day += timedelta(days=1)
        left -= days.is_open(day)
    return datetime.combine(day + timedelta(days=after), at, TOKYO)


def test_a_friday_afternoon_ships_on_wednesday() -> None:
    received = datetime(2026, 12, 4, 12, 1, tzinfo=TOKYO)
    assert plan(received, [make_step(0), make_step(3)]) == [
        datetime(2026, 12, 9, 10, 30, tzinfo=TOKYO),
        datetime(2026, 12, 12, 10, 30, tzinfo=TOKYO),
    ]
    without_time = plan(received, [make_step(1, None)])
    assert without_time == [datetime(2026, 12, 10, 12, 1, tzinfo=TOKYO)]


def test_without_an_open_day_the_event_itself_counts() -> None:
    closed = BusinessDays(closed_weekdays=frozenset(range(7)))
    received = datetime(2026, 12, 4, 9, tzinfo=TOKYO)
    assert plan(received, [make_step(1)], closed) == [
        datetime(2026, 12, 5, 10, 30, tzinfo=TOKYO)
    ]


@given(
    received=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    closed=st.frozensets(st.integers(0, 6), max_size=5),
    holidays=st.booleans(),
    cutoff=st.none() | st.times(),
    from_closed=st.booleans(),
    shipping=st.integers(0, 10),
    extra=st.dictionaries(
        st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.booleans(), max_size=8
    ),
    after=st.integers(0, 60),
    at=st.times(),
)
def test_every_plan_is_that_of_the_walk(
    received: datetime,
    closed: frozenset[int],
    holidays: bool,
    cutoff: time | None,
    from_closed: bool,
    shipping: int,
    extra: dict[date, bool],
    after: int,
    at: time,
) -> None:
    cutoff = cutoff and cutoff.replace(second=0, microsecond=0)
    days = BusinessDays(closed, holidays, extra, cutoff, from_closed, shipping)
    base = received.replace(tzinfo=TOKYO)
    assert plan(base, [make_step(after, at)], days) == [walk(base, days, after, at)]


def test_an_order_counts_from_the_day_it_ships(
    aiko: Client, account: LineAccount, line: Sandbox
) -> None:
    """The form, the planner and the enrolling statement together; saved with the shop's calendar."""
    save_calendar({5, 6}, True, time(12), False, 2)
    sent = {
        "name": "到着後のお願い", "account": account.public_id, "without_tag": "on", "delay_number": "3",
        "delay_unit": "days", "at_time": "10:00", "text": "いかがですか", "form_id": "", "without_mode": "all",
        "with_mode": "all", "second_event": "every", "counts_from": "shipping",
    }  # fmt: skip
    page = aiko.get(aiko.post(f"{BASE}steps/new/", sent)["Location"]).content.decode()
    assert "注文の出荷日（営業日カレンダーで計算）" in page
    scenario = Scenario.objects.get()
    Trigger.objects.create(scenario=scenario, kind="order")
    Scenario.objects.update(is_on=True)
    friend = make_friends(line, account, 1)[0]
    at = datetime(2036, 12, 5, 12, 1, tzinfo=TOKYO)  # a Friday that has not passed
    fire_trigger(account.tenant, "order", "", [Happening(friend.pk, "order:1", at)])
    delivery = Delivery.objects.get()
    assert delivery.planned_at == datetime(2036, 12, 13, 10, tzinfo=TOKYO)
    assert delivery.enrollment and delivery.enrollment.triggered_at == at
