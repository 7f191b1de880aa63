"""Days as people and programs write them, in any width; and today.

2026/11/22, 2026-11-22, 2026.11.22, 2026年11月22日, 20261122, 令和8年11月22日, 令8.11.22, R8.11.22; with a day of
the week, 祝 or a time behind them.
"""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.utils import timezone

from members.normalize.text import normalize_text

DASHES = r"/\-.‐‑–−"
# Each era with the year before its first, and its last year.
ERAS = {
    "明治": (1867, 45), "大正": (1911, 15), "昭和": (1925, 64), "平成": (1988, 31), "令和": (2018, 99),
}  # fmt: skip
ERA_LETTERS = dict(zip("MTSHR", ERAS, strict=True)) | {name[0]: name for name in ERAS}
ERA_NAMES = "|".join(["[MTSHR]", *ERAS, "[明大昭平令]"])
# 水, 水曜日, 水・祝, Wed
WEEKDAY = (
    r"(?:\s*\(?(?:[月火水木金土日](?:曜日?)?(?:[・,/]?[祝休]日?)?|祝日?)\)?"
    r"|\s*\(?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\)?)?"
)
CLOCK = (
    r"(?P<half>午前|午後)?\s*(?P<hour>[01]?\d|2[0-4])(?::(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:[.,]\d+)?)?"
    r"|時(?:(?P<minutes>[0-5]?\d)分(?:(?P<seconds>[0-5]?\d)秒)?)?)\s*(?P<noon>[AP]\.?M\.?)?"
)
ZONE = r"(?:Z|UTC|GMT|JST|[+−-]\d\d:?\d\d)"
TIME = rf"(?:(?:\s*T\s*|\s+|(?=午[前後])|(?<=[日)])){CLOCK}\s*(?P<zone>{ZONE})?)?"
DAY = re.compile(
    rf"(?:(?P<year>\d{{4}})\s*[{DASHES}年]|(?P<era>{ERA_NAMES})\s*(?P<nth>\d{{1,2}}|元)\s*[{DASHES}年])"
    rf"\s*(?P<month>\d{{1,2}})\s*[{DASHES}月]\s*(?P<day>\d{{1,2}})\s*日?{WEEKDAY}{TIME}"
    rf"|(?P<compact>\d{{8}}){TIME.replace('?P<', '?P<c_')}",
    re.IGNORECASE,
)
LONGEST_DAY = 60
MONTH_DAY = re.compile(
    rf"(\d{{1,2}})\s*[{DASHES}月]\s*(\d{{1,2}})\s*日?{WEEKDAY}", re.I
)
# What databases and programs write for "no day": MySQL the first, .NET the second.
NO_DAY = re.compile(
    r"(?:0000[-/.]?00[-/.]?00|0001[-/.]?0?1[-/.]?0?1)(?:[T\s]+0?0:00(?::00(?:\.0+)?)?(?:Z|\+00:?00)?)?"
)
# A year in which every day of every year exists.
LEAP = 2000
TODAY: ContextVar[dt.date | None] = ContextVar("today", default=None)


def is_blank_day(text: str) -> bool:
    """Return whether the text stands for no day at all: nothing, or 0000-00-00."""
    typed = normalize_text(text)
    return not typed or bool(NO_DAY.fullmatch(typed))


@dataclass(frozen=True)
class WrittenTime:
    """A day, the time on it since midnight (24:00 is the whole day), and the zone as it is written, or ""."""

    day: dt.date
    clock: dt.timedelta
    zone: str

    @property
    def moment(self) -> dt.datetime | None:
        """The moment meant, here where no zone is named; None beyond the calendar."""
        try:
            here = timezone.get_current_timezone()
            zone = read_zone(self.zone) if self.zone else here
            midnight = dt.datetime.combine(self.day, dt.time(), zone)
            # By way of UTC, in which PostgreSQL keeps it: there it must lie in the calendar as well.
            return timezone.localtime((midnight + self.clock).astimezone(dt.UTC))
        except (ValueError, OverflowError):
            return None


def parse_day(text: str) -> dt.date | None:
    """Return the day that the text names, or None when it names none.

    A time with a zone is another moment of the day here: 2026-04-01T15:00:00Z is April 2 in Japan.
    """
    written = _read_written_time(text)
    if not written or not written.zone:
        return written.day if written else None
    moment = written.moment
    return moment.date() if moment else None


def parse_moment(text: str) -> dt.datetime | None:
    """Return the moment that the text names, of a day alone its midnight here; None when it names none."""
    written = _read_written_time(text)
    return written.moment if written else None


def _read_written_time(text: str) -> WrittenTime | None:
    typed = normalize_text(text)
    match = DAY.fullmatch(typed) if len(typed) <= LONGEST_DAY else None
    if not match:
        return None
    found = match.groupdict()
    if digits := found["compact"]:
        day = _build_day(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        found = {
            name.removeprefix("c_"): found[name] for name in found if name[:2] == "c_"
        }
    else:
        year = (
            int(found["year"])
            if found["year"]
            else _read_era(found["era"], found["nth"])
        )
        day = _build_day(year, int(found["month"]), int(found["day"]))
    clock = _read_clock(found)
    if day is None or clock is None:
        return None
    return WrittenTime(day, clock, (found["zone"] or "").upper())


def _read_clock(found: dict[str, str | None]) -> dt.timedelta | None:
    """Return the time since midnight; None for one after 24:00. 午後3時 and 3 PM are 15:00, 12 AM is midnight."""
    hour = int(found["hour"] or 0)
    half = (found["half"] or found["noon"] or "").upper()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half[0] in "午P" and half != "午前" else 0)
    clock = dt.timedelta(
        hours=hour,
        minutes=int(found["minute"] or found["minutes"] or 0),
        seconds=int(found["second"] or found["seconds"] or 0),
    )
    return clock if clock <= dt.timedelta(days=1) else None


def _read_era(era: str, nth: str) -> int:
    """Return the year of 令和8 or R8; 0, which is in no calendar, for a year that the era did not have."""
    before, last = ERAS[ERA_LETTERS.get(era.upper(), era)]
    count = 1 if nth == "元" else int(nth)
    return before + count if 1 <= count <= last else 0


def read_zone(zone: str) -> dt.timezone:
    """Return the zone of "Z", "JST" or "+0900". Raise ValueError for an offset of a day or more."""
    if zone == "JST":
        return dt.timezone(dt.timedelta(hours=9))
    if zone[0] not in "+-−":
        return dt.UTC
    digits = zone[1:].replace(":", "")
    offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return dt.timezone(offset if zone[0] == "+" else -offset)


def parse_month_day(text: str) -> int | None:
    """Return month × 100 + day of 「11/22」 or 「11月22日」, or None when the text names no such day.

    2月29日 is a day.
    """
    match = MONTH_DAY.fullmatch(normalize_text(text))
    day = _build_day(LEAP, int(match[1]), int(match[2])) if match else None
    return day.month * 100 + day.day if day else None


def _build_day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def get_today() -> dt.date:
    """Return the day from which days are counted: today in the shop, unless ``override_today`` sets another one."""
    return TODAY.get() or timezone.localdate()


@contextmanager
def override_today(day: dt.date) -> Iterator[None]:
    """Make this day "today" for the conditions that are compiled inside the block.

    A job that starts after midnight so finds the members that were meant when it was asked for.
    """
    token = TODAY.set(day)
    try:
        yield
    finally:
        TODAY.reset(token)
