"""Save, copy, delete, export and import masks, and read mails by them."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cartsync.models import OrderMailMask
from cartsync.ordermail.reading import (
    Anchor,
    MailReading,
    Pick,
    prepare_anchor,
    prepare_text,
    read_mail,
)
from cartsync.ordermail.values import MailField
from messaging.mailboxes.poll import HANDLE
from messaging.models import IncomingMail
from messaging.schedule.due import get_shop_zone
from operators import audit
from tenants.wakeups import wake

# Of each set a mail must give one field. Who ordered is written to by mail; a shipped mail finds its order.
NEEDED: dict[str, tuple[frozenset[MailField], ...]] = {
    OrderMailMask.Kind.ORDER: (
        frozenset({MailField.NUMBER}),
        frozenset({MailField.EMAIL}),
    ),
    OrderMailMask.Kind.SHIPPED: (frozenset({MailField.NUMBER, MailField.EMAIL}),),
}
# So many of the newest mails are looked through for those that a mask is for.
LOOKED_THROUGH, TRIED = 500, 20
# Mails that came before there was a mask for them are read up to so long afterwards, so many at most.
OFFERED_AGAIN, MOST_AGAIN = timedelta(days=7), 20_000
# Reads again what could not be read.
WAKEUP = "cartsync.ordermail"
EXPORTED = ("name", "mall", "preset", "kind", "subject_part", "sender", "anchors")
FORMAT = "tsunagi.ordermail.masks"
MOST_IMPORTED = 50


def load_anchors(stored: Mapping[str, Any]) -> dict[MailField, Anchor]:
    """Return the anchors of a mask as they are looked for; fields without one are not read."""
    return {
        name: Anchor(
            prepare_anchor(given["before"]),
            prepare_anchor(given.get("after", "")),
            Pick(given.get("pick", "")),
        )
        for name in MailField
        if (given := stored.get(name)) and given.get("before")
    }


def is_for_mail(mask: OrderMailMask, subject: str, sender: str) -> bool:
    """Return whether the mask is for mails with this subject from this sender."""
    if mask.subject_part and fold_text(mask.subject_part) not in fold_text(subject):
        return False
    entry, sender = mask.sender.lower().removeprefix("@"), sender.lower()
    domain = sender.rpartition("@")[2]
    return (
        not entry or sender == entry or domain == entry or domain.endswith(f".{entry}")
    )


def fold_text(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def read_by_mask(mask: OrderMailMask, subject: str, body: str) -> MailReading:
    text = prepare_text(subject, body)
    return read_mail(
        text, load_anchors(mask.anchors), get_shop_zone(), NEEDED[mask.kind]
    )


def choose_mask(
    masks: Sequence[OrderMailMask], mail: IncomingMail
) -> tuple[OrderMailMask, MailReading] | None:
    """Return the first mask for this mail that reads all it needs, else the first for it; None when none is."""
    first = None
    for mask in masks:
        if not is_for_mail(mask, mail.subject, mail.sender):
            continue
        reading = read_by_mask(mask, mail.subject, mail.text)
        if reading.is_whole:
            return mask, reading
        first = first or (mask, reading)
    return first


def list_tried_mails(mask: OrderMailMask) -> list[IncomingMail]:
    """Return the newest mails that the mask is for, 20 at most of the last 500."""
    newest = IncomingMail.objects.order_by("-received_at", "-pk")
    heads = newest.values_list("pk", "subject", "sender")[:LOOKED_THROUGH]
    ids = [pk for pk, subject, sender in heads if is_for_mail(mask, subject, sender)]
    return list(newest.filter(pk__in=ids[:TRIED]))


@transaction.atomic
def save_mask(mask: OrderMailMask) -> OrderMailMask:
    """Save a mask. With other anchors than before it is 未検証 again, until a mail that was received proves it."""
    before = OrderMailMask.objects.filter(pk=mask.pk).first() if mask.pk else None
    if not before or (before.anchors, before.kind) != (mask.anchors, mask.kind):
        mask.verified_at = timezone.now() if is_proven(mask) else None
    mask.save()
    wake(mask.tenant, WAKEUP)
    offer_again(mask)
    action = "mask.changed" if before else "mask.made"
    fields = sorted(str(name) for name in load_anchors(mask.anchors))
    audit.record_action(
        action, mask, kind=mask.kind, fields=fields, active=mask.is_active
    )
    return mask


def offer_again(mask: OrderMailMask) -> None:
    """Have the mails of the last week read that no mask was for, and that this one is for."""
    if not mask.is_active:
        return
    since = timezone.now() - OFFERED_AGAIN
    waiting = IncomingMail.objects.filter(
        state=IncomingMail.State.IGNORED, received_at__gte=since
    )
    heads = waiting.order_by("-pk").values_list("pk", "subject", "sender")
    ids = [
        pk
        for pk, subject, sender in heads[:MOST_AGAIN]
        if is_for_mail(mask, subject, sender)
    ]
    if waiting.filter(pk__in=ids).update(state=IncomingMail.State.NEW, handled_at=None):
        wake(mask.tenant, HANDLE)


def is_proven(mask: OrderMailMask) -> bool:
    """Return whether it reads one of the newest mails whole."""
    return any(
        read_by_mask(mask, mail.subject, mail.text).is_whole
        for mail in list_tried_mails(mask)
    )


@transaction.atomic
def copy_mask(mask: OrderMailMask) -> OrderMailMask:
    """Copy a mask under a name of its own, switched off until a person looked at it."""
    values = {name: getattr(mask, name) for name in EXPORTED}
    values["name"] = find_free_name(_("%(name)sのコピー") % {"name": mask.name[:50]})
    copied: OrderMailMask = OrderMailMask.objects.create(
        **values,
        sample_subject=mask.sample_subject,
        sample=mask.sample,
        is_active=False,
        verified_at=mask.verified_at,
    )
    audit.record_action("mask.copied", copied, source=mask.pk)
    return copied


def find_free_name(name: str) -> str:
    """Return the name, with a number behind it where it is taken."""
    taken = set(OrderMailMask.objects.values_list("name", flat=True))
    names = [name, *(f"{name} {n}" for n in range(2, len(taken) + 3))]
    return next(each for each in names if each not in taken)


@transaction.atomic
def delete_mask(mask: OrderMailMask) -> None:
    audit.record_action("mask.deleted", mask, kind=mask.kind)
    mask.delete()


@transaction.atomic
def export_masks(masks: Sequence[OrderMailMask]) -> str:
    """Return the masks as JSON, without their samples: those are mails of customers."""
    audit.record_action("mask.exported", None, masks=[row.pk for row in masks])
    rows = [{name: getattr(mask, name) for name in EXPORTED} for mask in masks]
    return json.dumps(
        {"format": FORMAT, "version": 1, "masks": rows}, ensure_ascii=False, indent=2
    )


@transaction.atomic
def import_masks(text: str) -> list[OrderMailMask]:
    """Add the masks of an exported file, switched off and 未検証. Raise ValidationError for any other text."""
    rows = [build_imported(row) for row in parse_export(text)]
    for mask in rows:
        mask.name = find_free_name(mask.name)
        mask.save()
    audit.record_action("mask.imported", None, masks=[row.pk for row in rows])
    return rows


def parse_export(text: str) -> list[dict[str, Any]]:
    try:
        given = json.loads(text)
    except ValueError as error:
        raise ValidationError(
            _("JSONとして読めません。書き出したファイルをそのまま選んでください。")
        ) from error
    rows = given.get("masks") if isinstance(given, dict) else None
    if not isinstance(rows, list) or given.get("format") != FORMAT:
        raise ValidationError(_("解析マスクのファイルではありません。"))
    if not 0 < len(rows) <= MOST_IMPORTED:
        raise ValidationError(
            _("1回に取り込める解析マスクは%(n)s件までです。") % {"n": MOST_IMPORTED}
        )
    return rows


def build_imported(row: Any) -> OrderMailMask:
    """Return a mask of one row of a file, checked as one that was typed. Raise ValidationError."""
    values = {name: row.get(name) for name in EXPORTED} if isinstance(row, dict) else {}
    anchors = values.pop("anchors", None)
    if not isinstance(anchors, dict) or not all(
        isinstance(text, str) for text in values.values()
    ):
        raise ValidationError(_("解析マスクのファイルではありません。"))
    mask = OrderMailMask(**values, is_active=False, anchors=clean_anchors(anchors))
    mask.clean_fields(
        exclude={field.name for field in mask._meta.fields} - {*EXPORTED[:-1]}
    )
    return mask


def clean_anchors(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the anchors of fields that exist, as they are stored. Raise ValidationError for what is no text."""
    cleaned = {}
    for name in MailField:
        row = given.get(name)
        if not isinstance(row, dict) or not row.get("before"):
            continue
        texts = {key: row.get(key, "") for key in ("before", "after", "pick")}
        if not all(
            isinstance(text, str) and len(text) <= 100 for text in texts.values()
        ):
            raise ValidationError(_("目印は100文字までの文字です。"))
        if texts["pick"] not in list(Pick):
            texts["pick"] = ""
        cleaned[str(name)] = texts
    return cleaned
