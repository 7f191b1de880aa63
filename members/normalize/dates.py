"""Days as people and programs write them, in any width; and today.

2026/11/22, 2026-11-22, 2026.11.22, 2026年11月22日, 20261122, 令和8年11月22日, R8.11.22; with a day of the week or
a time behind them.
"""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone

from members.normalize.keys import normalize_text

DASHES = r"/\-.‐‑–−"
# Each era with the year before its first, and its last year.
ERAS = {
    "明治": (1867, 45), "大正": (1911, 15), "昭和": (1925, 64), "平成": (1988, 31), "令和": (2018, 99),
}  # fmt: skip
ERA_LETTERS = dict(zip("MTSHR", ERAS, strict=True))
WEEKDAY = r"(?:\s*\(?[月火水木金土日](?:曜日?)?\)?|\s*\(?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\)?)?"
CLOCK = r"(?P<hour>[01]?\d|2[0-3])(?::(?P<minute>[0-5]\d)(?::[0-5]\d(?:[.,]\d+)?)?|時(?:[0-5]?\d分(?:[0-5]?\d秒)?)?)"
TIME = rf"(?:(?:\s*T\s*|\s+)(?:午前|午後)?{CLOCK}\s*(?:[AP]M)?\s*(?P<zone>Z|UTC|[+−-]\d\d:?\d\d)?)?"
DAY = re.compile(
    rf"(?:(?P<year>\d{{4}})\s*[{DASHES}年]|(?P<era>[MTSHR]|{'|'.join(ERAS)})\s*(?P<nth>\d{{1,2}}|元)\s*[{DASHES}年])"
    rf"\s*(?P<month>\d{{1,2}})\s*[{DASHES}月]\s*(?P<day>\d{{1,2}})\s*日?{WEEKDAY}{TIME}"
    rf"|(?P<compact>\d{{8}}){TIME.replace('?P<', '?P<c_')}",
    re.IGNORECASE,
)
MONTH_DAY = re.compile(
    rf"(\d{{1,2}})\s*[{DASHES}月]\s*(\d{{1,2}})\s*日?{WEEKDAY}", re.I
)
# What databases write for "no day".
NO_DAY = re.compile(r"0000[-/.]?00[-/.]?00(?:[T\s]+0?0:00(?::00(?:\.0+)?)?Z?)?")
# A year in which every day of every year exists.
LEAP = 2000
TODAY: ContextVar[dt.date | None] = ContextVar("today", default=None)


def is_blank_day(text: str) -> bool:
    """Return whether the text stands for no day at all: nothing, or 0000-00-00."""
    typed = normalize_text(text)
    return not typed or bool(NO_DAY.fullmatch(typed))


def parse_day(text: str) -> dt.date | None:
    """Return the day that the text names, or None when it names none.

    A time with a zone is another moment of the day here: 2026-04-01T15:00:00Z is April 2 in Japan.
    """
    match = DAY.fullmatch(normalize_text(text))
    if not match:
        return None
    found = match.groupdict()
    if found["compact"]:
        digits = found["compact"]
        day = _build_day(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    else:
        year = (
            int(found["year"])
            if found["year"]
            else _read_era(found["era"], found["nth"])
        )
        day = _build_day(year, int(found["month"]), int(found["day"]))
    zone = found["zone"] or found["c_zone"]
    if not day or not zone:
        return day
    return _shift_day(
        day,
        found["hour"] or found["c_hour"],
        found["minute"] or found["c_minute"],
        zone,
    )


def _read_era(era: str, nth: str) -> int:
    """Return the year of 令和8 or R8; 0, which is in no calendar, for a year that the era did not have."""
    before, last = ERAS[ERA_LETTERS.get(era.upper(), era)]
    count = 1 if nth == "元" else int(nth)
    return before + count if 1 <= count <= last else 0


def _shift_day(
    day: dt.date, hour: str, minute: str | None, zone: str
) -> dt.date | None:
    offset = dt.timedelta()
    if zone[0] in "+-−":
        digits = zone[1:].replace(":", "")
        offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        offset = offset if zone[0] == "+" else -offset
    try:
        moment = dt.datetime.combine(
            day, dt.time(int(hour), int(minute or 0)), dt.timezone(offset)
        )
        return timezone.localdate(moment)
    except (ValueError, OverflowError):
        return None


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
