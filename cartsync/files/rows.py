"""Rows of a CSV file as rows of a cart, by the columns that the shop named."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from cartsync.connectors.base import Order, Resource
from cartsync.connectors.generic.connector import PARSERS, Fields
from cartsync.connectors.times import JAPAN
from outbound.errors import TryLater

# 2026/1/5, 2026-01-05 9:30, 2026年1月5日 09:30:15
TIME = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?"
)
NO_DIGITS = re.compile(r"[^\d]")


class FileFields(Fields):
    """One record of a file. A time without an offset is Japanese; the change is of now where no column tells it."""

    def __init__(
        self, entry: Mapping[str, str], mapping: Mapping[str, str], now: datetime
    ) -> None:
        super().__init__(dict(entry), mapping, find=lambda row, name: row.get(name))
        self.now = now

    def number(self, name: str) -> int:
        """Return a count or an amount: 「¥1,200」 and 「１２００円」 are 1200; what is behind a point is left out."""
        written = unicodedata.normalize("NFKC", str(self.read(name) or ""))
        digits = NO_DIGITS.sub("", written.partition(".")[0])
        return int(digits[:15] or 0)

    def moment(self, name: str) -> datetime:
        given = self.read(name)
        if not given and name == "changed_at":
            return self.now
        found = TIME.match(unicodedata.normalize("NFKC", str(given)).strip())
        if not found:
            raise TryLater("unreadable")
        parts = [int(part or 0) for part in found.groups()]
        try:
            return datetime(*parts, tzinfo=JAPAN)  # type: ignore[misc, arg-type]
        except ValueError as error:
            raise TryLater("unreadable") from error

    def optional_moment(self, name: str) -> datetime | None:
        if name == "ordered_at":
            return self.moment(name)
        return super().optional_moment(name)


def parse_records(
    resource: Resource,
    header: Sequence[str],
    records: Sequence[Sequence[str]],
    mapping: Mapping[str, str],
    now: datetime,
) -> tuple[list[Any], list[int]]:
    """Return the rows, and the places of the records that cannot be read.

    Records of one order that stand together are its lines.
    """
    rows: list[Any] = []
    wrong: list[int] = []
    for place, record in enumerate(records):
        if not any(record):
            continue
        entry = dict(zip(header, record, strict=False))
        try:
            row = PARSERS[resource](FileFields(entry, mapping, now))
        except TryLater:
            wrong.append(place)
            continue
        same = rows and rows[-1].external_id == row.external_id
        if same and isinstance(row, Order):
            rows[-1] = replace(rows[-1], lines=(*rows[-1].lines, *row.lines))
        else:
            rows.append(row)
    return rows, wrong


def find_last_group(
    resource: Resource,
    header: Sequence[str],
    records: Sequence[Sequence[str]],
    column: str,
) -> int:
    """Return where the records of the last order begin, so that its lines are never parted; 0 when all are of one."""
    if resource != Resource.ORDERS or column not in header or not records:
        return len(records)
    place = header.index(column)
    ids = [record[place] if place < len(record) else "" for record in records]
    start = len(ids) - 1
    while start and ids[start - 1] == ids[-1]:
        start -= 1
    return start
