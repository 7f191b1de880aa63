"""Single values as ecforce writes them: times, numbers, telephone numbers, texts."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from members.normalize.phones import format_national_phone
from outbound.errors import TryLater

JAPAN = ZoneInfo("Asia/Tokyo")
TIME = "%Y/%m/%d %H:%M:%S"


def format_time(moment: datetime) -> str:
    return moment.astimezone(JAPAN).strftime(TIME)


def parse_time(given: object) -> datetime:
    """Parse ``2026/11/22 14:30:00`` (or only the day) as an aware time in Japan."""
    words = str(given).replace("-", "/").strip()
    try:
        return datetime.strptime(
            words if " " in words else f"{words} 00:00:00", TIME
        ).replace(tzinfo=JAPAN)
    except ValueError as error:
        raise TryLater("unreadable") from error


def parse_optional_time(given: object) -> datetime | None:
    return parse_time(given) if given else None


def parse_number(given: object) -> int:
    """Parse a count or an amount in yen; what is none of these is 0."""
    found = re.match(r"\d{1,15}", str(given or 0))
    return int(found.group()) if found else 0


def format_phone_digits(e164: str) -> str:
    """Return "+819012345678" as "09012345678", as ecforce's search compares it."""
    return "".join(c for c in format_national_phone(e164) if c.isdigit())


def clean_text(given: object, longest: int = 1000) -> str:
    """Return the value as one line without control characters, cut to the column."""
    return "".join(
        c for c in str(given if given is not None else "") if c.isprintable()
    )[:longest]
