"""Read a mail by a mask: two anchors a field, found as plain text. Linear in the text, whatever it holds."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any

from cartsync.ordermail import values
from cartsync.ordermail.values import MailField

BLANKS = re.compile(r"[ \t\u3000]+")
LONGEST_VALUE, LONGEST_BLOCK = 500, 20_000
MOST_PLACES = 200
# A mail of this size is read in well under 50 ms; what lies behind is a quoted thread or a picture.
LONGEST_READ = 65_536
COLONS = " :：\n"


class Pick(StrEnum):
    """What to do with several places of different values: say so, or take one of them."""

    NONE = ""
    FIRST = "first"
    LAST = "last"


class Trouble(StrEnum):
    """Why a field has no value."""

    MISSING = "missing"  # the text before it is not there
    NO_END = "no_end"  # the text after it is not there
    SEVERAL = "several"  # different values at several places
    UNREADABLE = "unreadable"  # something stands there that is no such value
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class Anchor:
    """What stands right before a value and right after it; without ``after`` the value ends with its line."""

    before: str
    after: str = ""
    pick: Pick = Pick.NONE


@dataclass(frozen=True)
class FieldReading:
    """What was found of one field: its value, or why there is none. ``spans``: the places in the text."""

    field: MailField
    value: Any = None
    trouble: Trouble | None = None
    spans: tuple[tuple[int, int], ...] = ()
    raw: tuple[str, ...] = ()


@dataclass(frozen=True)
class MailReading:
    """What a mask found in a mail. ``missing``: what it could not do without."""

    fields: Mapping[MailField, FieldReading]
    missing: tuple[MailField, ...] = field(default=())

    def get(self, name: MailField) -> Any:
        found = self.fields.get(name)
        return found.value if found else None

    @property
    def is_whole(self) -> bool:
        return not self.missing


def prepare_text(subject: str, body: str) -> str:
    """Return the text in which anchors are looked for: the subject as its first line, blanks as one each."""
    text = f"{values.SUBJECT_LINE}{subject}\n\n{body}".replace("\r\n", "\n").replace(
        "\r", "\n"
    )[:LONGEST_READ]
    return "\n".join(line.rstrip() for line in BLANKS.sub(" ", text).split("\n"))


def prepare_anchor(text: str) -> str:
    """Return an anchor as it stands in a prepared text."""
    return BLANKS.sub(" ", text.replace("\r\n", "\n")).strip("\n")


def read_mail(
    text: str,
    anchors: Mapping[MailField, Anchor],
    zone: tzinfo,
    needed: Iterable[frozenset[MailField]] = (),
) -> MailReading:
    """Read a prepared text. ``needed``: of each set at least one field must be there."""
    found = {
        name: read_field(text, name, anchor, zone) for name, anchor in anchors.items()
    }
    missing = [
        name
        for group in needed
        if not any(name in found and found[name].trouble is None for name in group)
        for name in sorted(group, key=list(MailField).index)
    ]
    return MailReading(found, tuple(missing))


def read_field(
    text: str, name: MailField, anchor: Anchor, zone: tzinfo
) -> FieldReading:
    """Return the value between the anchors, or why there is none."""
    spans, ended = find_places(text, anchor)
    if not spans:
        return FieldReading(name, trouble=Trouble.MISSING if ended else Trouble.NO_END)
    raw = tuple(text[start:end].strip() for start, end in spans)
    longest = LONGEST_BLOCK if name == MailField.PRODUCTS else LONGEST_VALUE
    if max(map(len, raw)) > longest:
        return FieldReading(name, trouble=Trouble.TOO_LONG, spans=spans)
    if name == MailField.PRODUCTS:
        products = values.parse_products(list(raw))
        trouble = None if products else Trouble.UNREADABLE
        return FieldReading(name, products or None, trouble, spans, raw)
    different = dict.fromkeys(raw)
    if len(different) > 1 and anchor.pick is Pick.NONE:
        return FieldReading(name, trouble=Trouble.SEVERAL, spans=spans, raw=raw)
    chosen = -1 if anchor.pick is Pick.LAST else 0
    value = parse_value(name, raw[chosen], zone)
    trouble = Trouble.UNREADABLE if value in ("", None) else None
    return FieldReading(name, None if trouble else value, trouble, spans, raw)


def find_places(text: str, anchor: Anchor) -> tuple[tuple[tuple[int, int], ...], bool]:
    """Return where the values stand, and False when one began that nothing ends."""
    places: list[tuple[int, int]] = []
    at = text.find(anchor.before) if anchor.before else -1
    while at >= 0 and len(places) < MOST_PLACES:
        start = at + len(anchor.before)
        end = (
            text.find(anchor.after, start)
            if anchor.after
            else find_line_end(text, start)
        )
        if end < 0:
            return tuple(places), False
        if text[start:end].strip(COLONS):
            places.append(
                (
                    start + len(text[start:end]) - len(text[start:end].lstrip(COLONS)),
                    end,
                )
            )
        at = text.find(anchor.before, max(end, start))
    return tuple(places), True


def find_line_end(text: str, start: int) -> int:
    """Return the end of the line, or of the next line with text where nothing but a colon is left of this one."""
    while True:
        end = text.find("\n", start)
        if end < 0:
            return len(text)
        if text[start:end].strip(COLONS):
            return end
        start = end + 1


def parse_value(name: MailField, raw: str, zone: tzinfo) -> str | int | datetime | None:
    """Return the text as a value of its field; "" or None for what is none."""
    if name == MailField.ORDERED_AT:
        return values.parse_moment(raw, zone)
    if name == MailField.TOTAL:
        return values.parse_total(raw)
    parsers = {
        MailField.NUMBER: values.parse_order_number,
        MailField.NAME: values.parse_buyer,
        MailField.EMAIL: values.parse_email,
        MailField.PHONE: values.parse_phone,
    }
    return parsers[name](raw)


def suggest_anchor(text: str, value: str) -> Anchor | None:
    """Return anchors for a value that a person copied out of a prepared text; None when it is not in it."""
    value = prepare_anchor(value).strip()
    at = text.find(value) if value else -1
    if at < 0:
        return None
    before = text[text.rfind("\n", 0, at) + 1 : at].strip()
    if not before.strip(COLONS):
        lines = [line.strip() for line in text[:at].split("\n") if line.strip(COLONS)]
        before = lines[-1] if lines else ""
    rest = text[at + len(value) :]
    after = rest.split("\n", 1)[0].strip()
    if not after and "\n" in value:
        after = next((line.strip() for line in rest.split("\n") if line.strip()), "")
    return Anchor(before[-60:], after[:30]) if before else None
