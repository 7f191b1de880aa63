"""Japan's public holidays, by the library holidays: moved, substitute and citizens' holidays among them."""

from datetime import date
from functools import lru_cache

import holidays


@lru_cache(maxsize=64)
def list_holidays(year: int) -> dict[date, str]:
    """Return day → its Japanese name, of one year."""
    return dict(
        sorted(holidays.country_holidays("JP", years=year, language="ja").items())
    )


def is_announced(year: int, today: date) -> bool:
    """Return whether the holidays of the year are official.

    The Cabinet Office announces those of the next year on 1 February (国民の祝日に関する法律: the two equinoxes
    are fixed by the gazette of the year before). Later years are computed: 予定.
    """
    return year <= today.year + (1 if today.month >= 2 else 0)
