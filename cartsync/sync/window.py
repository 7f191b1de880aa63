"""Where a reading stands: which rows, from when, which page. Stored after each page, so a killed run goes on there.

The window is half-open and ends a little after the reading began, because the cart's clock is not ours. Rows come by
their change, oldest first; after each page the window starts at the last row seen. A row that changes while the reading
runs leaves its page and comes again at the end: nothing slips through between two pages. A second with more rows than
one page is read by itself; there the total shows that a row left.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cartsync.connectors.base import Page, Resource
from outbound.errors import GiveUp

OVERLAP = timedelta(minutes=30)
SECOND = timedelta(seconds=1)  # the finest their times are
ORDER = tuple(Resource)


@dataclass(frozen=True)
class Reading:
    """One reading of a cart, at the place where it stands.

    ``since``: where the window starts, None for everything. ``position``: where it starts now.
    ``one_second``: it is only the second at ``position``. ``seen``: rows of the earlier pages of this window.
    ``short``: somewhere the cart gave other rows than it counted.
    """

    begun_at: datetime
    since: datetime | None
    resource: Resource = ORDER[0]
    position: datetime | None = None
    page: int = 1
    total: int = 0
    one_second: bool = False
    seen: int = 0
    short: bool = False

    @classmethod
    def begin(cls, now: datetime, read_until: datetime | None) -> "Reading":
        since = read_until - OVERLAP if read_until else None
        return cls(begun_at=now, since=since, position=since)

    @classmethod
    def loaded(cls, kept: dict[str, Any]) -> "Reading":
        times = {
            name: kept[name] and datetime.fromisoformat(kept[name])
            for name in ("begun_at", "since", "position")
        }
        return cls(**{**kept, **times, "resource": Resource(kept["resource"])})

    def dumped(self) -> dict[str, Any]:
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }

    @property
    def until(self) -> datetime:
        if self.one_second and self.position:
            return self.position + SECOND
        return self.begun_at + OVERLAP

    def note_missing_rows(self, page: Page) -> "Reading":
        """Return the same place, marked ``short`` when the window ends here with other rows than the cart counts."""
        if not page.is_last or page.total is None or self._has_shrunk(page):
            return self
        return replace(
            self, short=self.short or self.seen + len(page.rows) != page.total
        )

    def _has_shrunk(self, page: Page) -> bool:
        """Return whether a row left the window since its first page: what followed it moved up."""
        return self.page > 1 and page.total is not None and page.total < self.total

    def after(self, page: Page) -> "Reading | None":
        """Return where to read next; None when all is read.

        Raise GiveUp when the cart ignored the window or the order.
        """
        self._check(page)
        if self._has_shrunk(page):
            return replace(self, page=1, total=page.total or 0, seen=0)
        if page.is_last:
            return self._past_second() if self.one_second else self._next_resource()
        if self.one_second:
            seen = self.seen + len(page.rows)
            return replace(self, page=self.page + 1, total=page.total or 0, seen=seen)
        first, newest = page.rows[0].changed_at, page.rows[-1].changed_at
        return replace(self, position=newest, one_second=first == newest)

    def _past_second(self) -> "Reading":
        assert self.position
        return replace(
            self,
            position=self.position + SECOND,
            page=1,
            total=0,
            seen=0,
            one_second=False,
        )

    def _next_resource(self) -> "Reading | None":
        following = ORDER[ORDER.index(self.resource) + 1 :]
        return (
            replace(
                self,
                resource=following[0],
                position=self.since,
                page=1,
                total=0,
                seen=0,
            )
            if following
            else None
        )

    def _check(self, page: Page) -> None:
        times = [row.changed_at for row in page.rows]
        too_early = (
            times and self.position and times[0] < self.position.replace(microsecond=0)
        )
        if too_early or times != sorted(times) or (not times and not page.is_last):
            raise GiveUp("rejected")
