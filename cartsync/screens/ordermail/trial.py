"""What a mask reads of its sample and of the newest mails, as the screens show it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cartsync.models import OrderMail, OrderMailMask
from cartsync.ordermail.masks import list_tried_mails, load_anchors, read_by_mask
from cartsync.ordermail.reading import (
    FieldReading,
    MailReading,
    Trouble,
    prepare_text,
)
from cartsync.ordermail.values import MailField
from console.templatetags.kit import format_moment
from messaging.mailboxes.outcomes import MailOutcome, describe_outcome
from messaging.models import IncomingMail
from operators.masking import is_masked


@dataclass(frozen=True)
class ShownField:
    """A field of a mail: its value as text, or what is wrong with it."""

    label: str
    value: str
    trouble: str


@dataclass(frozen=True)
class TriedMail:
    mail: IncomingMail
    whole: bool
    number: str
    missing: str


@dataclass(frozen=True)
class MaskTrial:
    """``parts``: the sample in pieces, each with the name of the field that it was read as, or ""."""

    fields: list[ShownField]
    parts: list[tuple[str, str]]
    whole: bool
    missing: str
    mails: list[TriedMail]

    @property
    def read_count(self) -> int:
        return sum(1 for row in self.mails if row.whole)


def try_mask(mask: OrderMailMask) -> MaskTrial:
    """Read the sample and the newest mails by a mask, saved or not."""
    reading = read_by_mask(mask, mask.sample_subject, mask.sample)
    text = prepare_text(mask.sample_subject, mask.sample)
    has_sample = bool(mask.sample.strip() or mask.sample_subject.strip())
    return MaskTrial(
        describe_fields(mask, reading) if has_sample else [],
        split_sample(text, reading) if has_sample else [],
        has_sample and reading.is_whole,
        list_field_names(reading.missing),
        [try_mail(mask, mail) for mail in list_tried_mails(mask)],
    )


def try_mail(mask: OrderMailMask, mail: IncomingMail) -> TriedMail:
    reading = read_by_mask(mask, mail.subject, mail.text)
    return TriedMail(
        mail,
        reading.is_whole,
        reading.get(MailField.NUMBER) or "",
        list_field_names(reading.missing),
    )


def list_field_names(names: tuple[MailField, ...]) -> str:
    return _("、").join(str(name.label) for name in names)


def describe_fields(mask: OrderMailMask, reading: MailReading) -> list[ShownField]:
    anchors = load_anchors(mask.anchors)
    return [
        ShownField(
            str(name.label),
            format_value(found.value),
            describe_trouble_of_field(found, anchors[name].before, anchors[name].after),
        )
        for name, found in reading.fields.items()
    ]


def format_value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return _("、").join(value)
    if isinstance(value, datetime):
        return format_moment(value)
    return f"¥{value:,}" if isinstance(value, int) else str(value)


def describe_trouble_of_field(found: FieldReading, before: str, after: str) -> str:
    """Say why the field has no value, and what to do."""
    if found.trouble is Trouble.MISSING:
        return _("前の目印「%(text)s」が見つかりません。") % {"text": before}
    if found.trouble is Trouble.NO_END:
        return _("後の目印「%(text)s」が見つかりません。") % {"text": after}
    if found.trouble is Trouble.SEVERAL:
        shown = list(dict.fromkeys(found.raw))
        return _(
            "%(n)sか所に違う値があります（%(values)s）。前の目印を長くするか、どの値を使うかを選んでください。"
        ) % {
            "n": len(found.spans),
            "values": _("、").join(each[:30] for each in shown[:3]),
        }
    if found.trouble is Trouble.TOO_LONG:
        return _("値が長すぎます。後の目印を見直してください。")
    if found.trouble is Trouble.UNREADABLE:
        return _("「%(text)s」は、この項目の値として読めません。") % {
            "text": found.raw[0][:60]
        }
    return ""


def split_sample(text: str, reading: MailReading) -> list[tuple[str, str]]:
    """Return the text in pieces; those that a field was read from carry its name."""
    spans = sorted(
        (start, end, str(name.label))
        for name, found in reading.fields.items()
        for start, end in found.spans
    )
    parts, at = [], 0
    for start, end, label in spans:
        if start < at:
            continue
        parts += [(text[at:start], ""), (text[start:end], label)]
        at = end
    return [part for part in [*parts, (text[at:], "")] if part[0]]


# ---------------------------------------------------------------- of a mail that was read
STATE_KINDS = {
    "booked": "ok",
    "repeated": "neutral",
    "no_order": "warn",
    "failed": "bad",
}


def describe_subject(mail: IncomingMail) -> str:
    """Return the subject, which may name the buyer: not for who sees people masked."""
    if is_masked():
        return _("（件名は伏せています）")
    return mail.subject or _("（件名なし）")


def split_missing(names: str) -> tuple[MailField, ...]:
    return tuple(MailField(name) for name in names.split(",") if name in MailField)


def describe_mail(mail: IncomingMail, read: OrderMail | None) -> MailOutcome:
    """Return the badge and the reason of a mail; ``read``: what a mask read of it."""
    if not read:
        return describe_outcome(mail)
    label = f"{read.get_kind_display()}：{read.get_state_display()}"
    why = read.number
    if read.state == OrderMail.State.FAILED:
        why = _("%(names)sが読めません。解析マスクを直すと、自動で読み直します。") % {
            "names": list_field_names(split_missing(read.missing))
        }
    if read.state == OrderMail.State.NO_ORDER:
        why = _("注文確認メールがまだ届いていないか、番号とアドレスが違います。")
    return MailOutcome(STATE_KINDS[read.state], label, why)


def describe_order_mail(read: OrderMail) -> list[tuple[str, str]]:
    """Return what was read as (label, text), without what was not there."""
    values = {
        MailField.NUMBER: read.number,
        MailField.ORDERED_AT: read.ordered_at,
        MailField.PRODUCTS: read.products or None,
        MailField.TOTAL: read.total,
    }
    texts = [(str(name.label), format_value(value)) for name, value in values.items()]
    return [(label, text) for label, text in texts if text]
