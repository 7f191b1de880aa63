"""受付の条件: each rule at its edge, and the robot's hours over midnight."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cartsync.connectors.base import Action, Order, Subscription
from rpa.models import RpaSettings
from rpa.requests.rules import find_opening, find_refusal

pytestmark = pytest.mark.usefixtures("sakura")
JAPAN = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 12, 1, 23, 30, tzinfo=JAPAN)
NEXT = datetime(2026, 12, 8, tzinfo=JAPAN)
GREEN = Subscription("1", "9", "つづける青汁", "active", 2, NEXT, NOW)


def order(state: str, subscription: str = "1", **values: object) -> Order:
    made = Order(
        "5", "9", "N5", state, 1, 100, NOW, NOW, subscription_external_id=subscription
    )
    return replace(made, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(("days", "why"), [(7, ""), (8, "too_late"), (0, "")])
def test_days_before_the_next_delivery(days: int, why: str) -> None:
    settings = RpaSettings(days_before=days)
    assert find_refusal(settings, Action.CANCEL, GREEN, [], NOW) == why


@pytest.mark.parametrize(
    ("left", "action", "respects", "why"),
    [
        (2, Action.CANCEL, True, "obliged"),
        (2, Action.PAUSE, True, "obliged"),
        (2, Action.SKIP, True, ""),
        (0, Action.CANCEL, True, ""),
        (None, Action.CANCEL, True, ""),
        (2, Action.CANCEL, False, ""),
    ],
)
def test_obligatory_times(
    left: int | None, action: Action, respects: bool, why: str
) -> None:
    settings = RpaSettings(respects_obligation=respects)
    bound = replace(GREEN, remaining_times=left)
    assert find_refusal(settings, action, bound, [], NOW) == why


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (order("authorised"), "in_shipment"),
        (order("pending"), "in_shipment"),
        (order("authorised", subscription=""), "in_shipment"),
        (order("authorised", subscription="2"), ""),
        (order("authorised", shipped_at=NOW), ""),
        (order("sold"), ""),
        (order("cancelled"), ""),
    ],
)
def test_in_shipment(found: Order, why: str) -> None:
    assert find_refusal(RpaSettings(), Action.CANCEL, GREEN, [found], NOW) == why
    off = RpaSettings(refuses_in_shipment=False)
    assert find_refusal(off, Action.CANCEL, GREEN, [found], NOW) == ""


@pytest.mark.parametrize(
    ("opens", "closes", "clock", "opening"),
    [
        (None, None, (3, 0), None),
        ((9, 0), (18, 0), (9, 0), None),
        ((9, 0), (18, 0), (17, 59), None),
        ((9, 0), (18, 0), (18, 0), (2, 9)),
        ((9, 0), (18, 0), (8, 59), (1, 9)),
        ((22, 0), (5, 0), (23, 0), None),
        ((22, 0), (5, 0), (4, 59), None),
        ((22, 0), (5, 0), (5, 0), (1, 22)),
    ],
)
def test_hours(
    opens: tuple[int, int] | None,
    closes: tuple[int, int] | None,
    clock: tuple[int, int],
    opening: tuple[int, int] | None,
) -> None:
    settings = RpaSettings(
        opens_at=opens and time(*opens), closes_at=closes and time(*closes)
    )
    now = datetime(2026, 12, 1, *clock, tzinfo=JAPAN)
    expected = opening and datetime(2026, 12, opening[0], opening[1], tzinfo=JAPAN)
    assert find_opening(settings, now) == expected


def test_the_pause_ends_at_the_opening() -> None:
    settings = RpaSettings(opens_at=time(9), closes_at=time(18))
    opening = find_opening(settings, NOW)
    assert opening and opening - NOW == timedelta(hours=9, minutes=30)
