"""Days as people write them: 2026/11/22, 2026-11-22, 2026.11.22, 2026年11月22日, 20261122, any width; and today."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone

from members.normalize.keys import normalize_text

DAY = re.compile(
    r"(\d{4})\s*[/\-.‐‑–−年]\s*(\d{1,2})\s*[/\-.‐‑–−月]\s*(\d{1,2})\s*日?|(\d{4})(\d{2})(\d{2})"
)
MONTH_DAY = re.compile(r"(\d{1,2})\s*[/\-.‐‑–−月]\s*(\d{1,2})\s*日?")
# A year in which every day of every year exists.
LEAP = 2000
TODAY: ContextVar[dt.date | None] = ContextVar("today", default=None)


def parse_day(text: str) -> dt.date | None:
    """Return the day that the text names, or None when it names none."""
    match = DAY.fullmatch(normalize_text(text))
    return (
        _build_day(*(int(part) for part in match.groups() if part)) if match else None
    )


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
