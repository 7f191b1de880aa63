"""The days as areas, drawn by the server: how many friends, how many of them known, how many linked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from cartsync.models import FunnelDay

# The areas stand between LEFT and RIGHT; numbers stand left of them, half a date right.
WIDTH, HEIGHT, LEFT, RIGHT = 720, 200, 56, 700
TICKS = 6
# Colours of console/css/components/chart.css: friends, known, linked.
SERIES = (("friends", 3), ("known", 2), ("linked", 4))


@dataclass(frozen=True)
class Area:
    """One series as the path of an SVG; ``number`` gives the colour."""

    number: int
    path: str


@dataclass(frozen=True)
class DayColumn:
    """What one day says when it is pointed at: a strip over the whole height."""

    x: int
    width: int
    text: str


@dataclass(frozen=True)
class Tick:
    place: int
    text: str


@dataclass(frozen=True)
class FunnelChart:
    areas: tuple[Area, ...]
    columns: tuple[DayColumn, ...]
    dates: tuple[Tick, ...]
    numbers: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT


def draw_days(days: Sequence[FunnelDay]) -> FunnelChart | None:
    """Return the areas of the days, left to right by date; None without a day."""
    if not days:
        return None
    most = round_up(max(day.friends for day in days))
    places = [_place_day(day.day, days) for day in days]
    areas = [
        Area(
            number,
            _draw_area(places, [_scale(getattr(day, name), most) for day in days]),
        )
        for name, number in SERIES
    ]
    strip = max((RIGHT - LEFT) // max((days[-1].day - days[0].day).days + 1, 1), 2)
    columns = [
        DayColumn(max(x - strip // 2, LEFT), strip, describe_day(day))
        for x, day in zip(places, days, strict=True)
    ]
    shown = {round(n * (len(days) - 1) / (TICKS - 1)) for n in range(TICKS)}
    dates = [Tick(places[n], f"{days[n].day:%m/%d}") for n in sorted(shown)]
    numbers = [Tick(_scale(n, most), f"{n:,}") for n in (most, most // 2, 0)]
    return FunnelChart(tuple(areas), tuple(columns), tuple(dates), tuple(numbers))


def round_up(number: int) -> int:
    """Return the next number that reads well on an axis: 2, 4, 6, 8, 10, 20, 40 …"""
    power = 1
    while number > 10 * power:
        power *= 10
    return next(
        step * power
        for step in (2, 4, 6, 8, 10)
        if number <= step * power or step == 10
    )


def describe_day(day: FunnelDay) -> str:
    return _("%(day)s 友だち %(friends)s・認知済み %(known)s・連携済み %(linked)s") % {
        "day": f"{day.day:%Y/%m/%d}",
        "friends": f"{day.friends:,}",
        "known": f"{day.known:,}",
        "linked": f"{day.linked:,}",
    }


def _place_day(day: date, days: Sequence[FunnelDay]) -> int:
    span = (days[-1].day - days[0].day).days
    passed = (day - days[0].day).days
    return LEFT + round(passed * (RIGHT - LEFT) / span) if span else LEFT


def _scale(number: int, most: int) -> int:
    return HEIGHT - round(number * HEIGHT / most)


def _draw_area(places: Sequence[int], tops: Sequence[int]) -> str:
    """Return the path; a single day becomes a level line over the whole width."""
    points = list(zip(places, tops, strict=True))
    if len(points) == 1:
        points.append((RIGHT, tops[0]))
    line = " ".join(f"L{x} {y}" for x, y in points)
    return f"M{points[0][0]} {HEIGHT} {line} L{points[-1][0]} {HEIGHT} Z"
