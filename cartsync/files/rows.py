"""Rows of a CSV file as rows of a cart, by the columns that the shop named."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from cartsync.connectors.base import Order, Resource
from cartsync.connectors.generic.connector import PARSERS, Fields
from members.normalize.dates import is_blank_day, parse_moment
from members.normalize.files.excel_errors import is_error_word
from members.normalize.numbers import clean_number
from outbound.errors import TryLater

LONGEST_AMOUNT = 16

ONE_NUMBER = re.compile(r"[^\d\-−‐‑–△▲]*(\d[\d,.]*)[^\d]*")


class FileFields(Fields):
    """One record of a file. A time without an offset is Japanese; the change is of now where no column tells it."""

    def __init__(
        self, entry: Mapping[str, str], mapping: Mapping[str, str], now: datetime
    ) -> None:
        super().__init__(dict(entry), mapping, find=find_cell)
        self.now = now

    def number(self, name: str) -> int:
        """Return a count or an amount: 「△1,200円」 is -1200 and 「3回目」 is 3; what is behind a point is left out.

        Words alone are 0. Raise TryLater for digits that are no number or more than one.
        """
        written = unicodedata.normalize("NFKC", str(self.read(name) or "")).strip()
        if not any(sign.isdigit() for sign in written):
            return 0
        alone = ONE_NUMBER.fullmatch(written)
        cleaned = clean_number(written) or (clean_number(alone[1]) if alone else "")
        whole = cleaned.partition(".")[0]
        if not cleaned or len(whole) > LONGEST_AMOUNT:
            raise TryLater("unreadable")
        return int(whole) if whole.strip("-") else 0

    def moment(self, name: str) -> datetime:
        given = str(self.read(name) or "")
        if is_blank_day(given) and name == "changed_at":
            return self.now
        found = parse_moment(given)
        if not found:
            raise TryLater("unreadable")
        return found

    def optional_moment(self, name: str) -> datetime | None:
        if name != "ordered_at" and is_blank_day(str(self.read(name) or "")):
            return None
        return self.moment(name)


def find_cell(record: Mapping[str, str], name: str) -> str | None:
    """Return the cell of that column; an error of Excel is none."""
    cell = record.get(name)
    return None if cell is None or is_error_word(cell) else cell


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
