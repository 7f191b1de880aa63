"""Read a window of a cart that has page numbers and sorts by the time of the last change: nothing slips through.

Rows come oldest change first; after each page the window starts at the last row seen. A row that changes while the
reading runs leaves its page and comes again at the end: nothing slips through between two pages. A second with more
rows than one page is read by itself, page by page; there the total shows that a row left.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cartsync.connectors.base import Page, Window
from outbound.errors import GiveUp

SECOND = timedelta(seconds=1)  # the finest their times are


@dataclass(frozen=True)
class NumberedPage:
    """One page as the cart numbers them; ``total`` of the asked window, None when the cart does not say."""

    rows: Sequence[Any]
    total: int | None
    is_last: bool


@dataclass(frozen=True)
class KeysetCursor:
    """Where a window stands.

    ``position``: where it starts now. ``one_second``: it is only the second at ``position``. ``seen``: rows of the
    earlier pages of this second. ``short``: somewhere the cart gave other rows than it counted.
    """

    position: datetime | None
    page: int = 1
    total: int = 0
    one_second: bool = False
    seen: int = 0
    short: bool = False

    @classmethod
    def load(cls, cursor: str, window: Window) -> "KeysetCursor":
        if not cursor:
            return cls(position=window.since)
        kept = json.loads(cursor)
        position = kept["position"] and datetime.fromisoformat(kept["position"])
        return cls(**{**kept, "position": position})

    def dump(self) -> str:
        position = self.position.isoformat() if self.position else None
        return json.dumps({**asdict(self), "position": position})

    def until(self, window: Window) -> datetime:
        if self.one_second and self.position:
            return self.position + SECOND
        return window.until

    def note_missing_rows(self, page: NumberedPage) -> "KeysetCursor":
        """Return the same place, marked ``short`` when the window ends here with other rows than the cart counts."""
        if not page.is_last or page.total is None or self._has_shrunk(page):
            return self
        return replace(
            self, short=self.short or self.seen + len(page.rows) != page.total
        )

    def after(self, page: NumberedPage) -> "KeysetCursor | None":
        """Return where to read next; None when all is read.

        Raise GiveUp when the cart ignored the window or the order.
        """
        self._check(page)
        if self._has_shrunk(page):
            return replace(self, page=1, total=page.total or 0, seen=0)
        if page.is_last:
            return self._past_second() if self.one_second else None
        if self.one_second:
            seen = self.seen + len(page.rows)
            return replace(self, page=self.page + 1, total=page.total or 0, seen=seen)
        first, newest = page.rows[0].changed_at, page.rows[-1].changed_at
        return replace(self, position=newest, one_second=first == newest)

    def _has_shrunk(self, page: NumberedPage) -> bool:
        """Return whether a row left the window since its first page: what followed it moved up."""
        return self.page > 1 and page.total is not None and page.total < self.total

    def _past_second(self) -> "KeysetCursor":
        assert self.position
        return KeysetCursor(position=self.position + SECOND, short=self.short)

    def _check(self, page: NumberedPage) -> None:
        times = [row.changed_at for row in page.rows]
        too_early = (
            times and self.position and times[0] < self.position.replace(microsecond=0)
        )
        if too_early or times != sorted(times) or (not times and not page.is_last):
            raise GiveUp("rejected")


Fetch = Callable[[datetime | None, datetime, int], NumberedPage]


def read_by_change(fetch: Fetch, window: Window, cursor: str) -> Page:
    """Read one page with ``fetch(since, until, page number)`` and say where the window goes on."""
    place = KeysetCursor.load(cursor, window)
    page = fetch(place.position, place.until(window), place.page)
    place = place.note_missing_rows(page)
    following = place.after(page)
    cursor = following.dump() if following else ""
    total = None if place.one_second else page.total
    return Page(page.rows, cursor, complete=not place.short, total=total)
