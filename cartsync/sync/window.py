"""Where a reading stands: which rows, which window, and the connector's own cursor in it.

Stored after each page, so a killed run goes on there. The window is half-open and ends a little after the reading
began, because the cart's clock is not ours.
"""

import hashlib
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cartsync.connectors.base import Page, Resource, Window
from outbound.errors import GiveUp

OVERLAP = timedelta(minutes=30)
SAME_PAGES = 3  # as often in a row, and the cart gives the same page for ever
ORDER = tuple(Resource)


@dataclass(frozen=True)
class Reading:
    """One reading of a cart, at the place where it stands.

    ``since``: where the window starts, None for everything. ``cursor``: the connector's, "" at the start of the rows
    of ``resource``. ``short``: somewhere the cart gave other rows than it counted. ``totals``: how many rows of each
    resource the cart counted at their first page, and ``read`` how many came since. ``last_page`` and ``same_pages``:
    which page came last, and how often in a row.
    """

    begun_at: datetime
    since: datetime | None
    resource: Resource = ORDER[0]
    cursor: str = ""
    short: bool = False
    totals: dict[str, int] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    last_page: str = ""
    same_pages: int = 0

    @classmethod
    def begin(cls, now: datetime, read_until: datetime | None) -> "Reading":
        return cls(begun_at=now, since=read_until - OVERLAP if read_until else None)

    @classmethod
    def loaded(cls, kept: dict[str, Any]) -> "Reading":
        times = {
            name: kept[name] and datetime.fromisoformat(kept[name])
            for name in ("begun_at", "since")
        }
        return cls(**{**kept, **times, "resource": Resource(kept["resource"])})

    def dumped(self) -> dict[str, Any]:
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }

    @property
    def window(self) -> Window:
        return Window(self.since, self.begun_at + OVERLAP)

    def note_page(self, page: Page) -> "Reading":
        """Return the same place with what the page says: how many rows there are, and whether some are missing.

        Raise GiveUp when the cart gives the same page for ever.
        """
        name = self.resource.value
        totals = dict(self.totals)
        if page.total is not None:
            totals.setdefault(name, page.total)
        read = self.read | {name: self.read.get(name, 0) + len(page.rows)}
        digest = build_page_digest(page)
        same = self.same_pages + 1 if digest == self.last_page else 1
        again = same >= SAME_PAGES or page.next_cursor == self.cursor
        if page.next_cursor and again:
            raise GiveUp("endless")
        short = self.short or not page.complete
        return replace(
            self,
            short=short,
            totals=totals,
            read=read,
            last_page=digest,
            same_pages=same,
        )

    def after(self, page: Page, resources: tuple[Resource, ...]) -> "Reading | None":
        """Return where to read next; None when all is read."""
        if page.next_cursor:
            return replace(self, cursor=page.next_cursor)
        following = resources[resources.index(self.resource) + 1 :]
        if not following:
            return None
        return replace(
            self, resource=following[0], cursor="", last_page="", same_pages=0
        )


def build_page_digest(page: Page) -> str:
    """Return which rows a page holds, in which version."""
    rows = "\n".join(f"{row.external_id} {row.changed_at}" for row in page.rows)
    return hashlib.sha256(rows.encode()).hexdigest()[:16]
