"""Times as carts write them: Japanese clocks, seconds since 1970, ISO 8601."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from outbound.errors import TryLater

JAPAN = ZoneInfo("Asia/Tokyo")


def format_japanese_time(moment: datetime) -> str:
    """Return "2026-11-22 14:30:00" as a clock in Japan shows it."""
    return moment.astimezone(JAPAN).strftime("%Y-%m-%d %H:%M:%S")


def read_unix_time(given: object) -> datetime:
    """Return the moment of so many seconds since 1970. Raise TryLater for anything else."""
    if type(given) is not int or not 0 < given < 2**40:
        raise TryLater("unreadable")
    return datetime.fromtimestamp(given, UTC)


def read_iso_time(given: object) -> datetime:
    """Return the moment of a time with an offset, such as "2026-11-22T05:30:00Z". Raise TryLater for anything else."""
    try:
        found = datetime.fromisoformat(str(given))
    except ValueError as error:
        raise TryLater("unreadable") from error
    if not found.tzinfo:
        raise TryLater("unreadable")
    return found
