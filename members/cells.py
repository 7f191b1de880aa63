"""One value of one member, as it stands in a cell of the list or on the member's page, read and written in place.

A field is name, email, phone, birthday, or the public id of an attribute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import attributes
from members.answering import lock, record_answer, reflect
from members.attributing import parse, set_value
from members.birthdays import Birthday
from members.models import Attribute, AttributeValue, IdentityRecord, Member
from members.normalising import email_key, name_key, phone_e164, plain
from members.signals import identity_changed
from tenants import audit
from tenants.models import Operator

KEYS = {"name": ("name_key", name_key), "email": ("email_key", email_key), "phone": ("phone_e164", phone_e164)}


@dataclass(frozen=True)
class Cell:
    """``value`` is what the page shows and what is typed again to bring it back; "" for none."""

    member: Member
    attribute: Attribute
    value: str

    @property
    def field(self) -> str:
        return attributes.key_of(self.attribute)

    @property
    def id(self) -> str:
        return f"cell-{self.member.public_id}-{self.field}"


class ChangedMeanwhile(Exception):
    """Somebody else changed the value since the page was loaded; ``cell`` has the value of now."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell


# ---------------------------------------------------------------- read
def find_field(field: str) -> Attribute | None:
    """The attribute of that field, unless it is archived."""
    attribute = attributes.find(field)
    return attribute if attribute and not attribute.archived_at else None


def cell_of(member: Member, attribute: Attribute) -> Cell:
    if attribute.system:
        return Cell(member, attribute, system_value(member, attribute.system))
    value = AttributeValue.objects.filter(attribute=attribute, member=member).first()
    return Cell(member, attribute, shown(attribute, value) if value else "")


def rows_of_cells(members: Sequence[Member], columns: Sequence[Attribute]) -> dict[int, list[Cell]]:
    """Member id → its cells in the order of ``columns``; one query for all rows, none without columns of the shop."""
    own = [attribute for attribute in columns if not attribute.system]
    ids = [member.pk for member in members]
    found = AttributeValue.objects.filter(attribute__in=own, member_id__in=ids) if own and ids else []
    values = {(value.member_id, value.attribute_id): value for value in found}

    def text(member: Member, attribute: Attribute) -> str:
        if attribute.system:
            return system_value(member, attribute.system)
        value = values.get((member.pk, attribute.pk))
        return shown(attribute, value) if value else ""

    return {member.pk: [Cell(member, each, text(member, each)) for each in columns] for member in members}


def system_value(member: Member, system: str) -> str:
    if system == "birthday":
        return str(Birthday(member.birthday, member.birth_md))
    return member.phone_shown if system == "phone" else str(getattr(member, system))


def shown(attribute: Attribute, value: AttributeValue) -> str:
    if attribute.kind == Attribute.Kind.NUMBER and value.number is not None:
        # As many digits as a float keeps: more would be its noise.
        return f"{Decimal(f'{value.number:.15g}'):,f}"
    if attribute.kind == Attribute.Kind.DATE and value.date:
        return f"{value.date:%Y/%m/%d}"
    return value.text


# ---------------------------------------------------------------- write
@transaction.atomic
def write(member: Member, attribute: Attribute, text: str, before: str, operator: Operator, undo: bool = False) -> Cell:
    """Give the member the value that ``text`` means; ``before`` is what the page showed.

    Raises ValidationError with cause and remedy, and ChangedMeanwhile. An identity field becomes the operator's answer.
    """
    lock([member.pk])
    member.refresh_from_db()
    now = cell_of(member, attribute)
    if now.value != before:
        raise ChangedMeanwhile(now)
    if attribute.system not in attributes.IDENTITY:
        set_value(attribute, Member.objects.filter(pk=member.pk), text)
        member.refresh_from_db()
    elif undo and not plain(text):
        withdraw(member, attribute.system, operator)
    elif plain(text) != before:
        answer(member, attribute, text, operator)
    return cell_of(member, attribute)


def answer(member: Member, attribute: Attribute, text: str, operator: Operator) -> None:
    value = parse(attribute, text)
    if not value:
        words = _("%(field)sは空欄にできません。本人確認の回答は消えずに残ります。新しい値を入力してください。")
        raise ValidationError(words % {"field": attribute.label}, code="required")
    fields: dict[str, Any] = {attribute.system: value}
    record_answer(member, IdentityRecord.Source.OPERATOR, received_at=timezone.now(), operator=operator, **fields)


def withdraw(member: Member, field: str, operator: Operator) -> None:
    """Take back the operator's own first answer to this field: nobody had answered it before."""
    records = member.identity_records.exclude(**{field: ""})
    record = records.filter(source=IdentityRecord.Source.OPERATOR, operator=operator).first()
    if record is None or records.count() != 1 or any(getattr(record, name) for name in KEYS if name != field):
        raise ValidationError(_("元に戻せません。ほかの回答があります。会員の画面の回答の履歴から戻してください。"))
    record.delete()
    Member.objects.filter(pk=member.pk).update(**{field: "", KEYS[field][0]: ""})
    reflect([member.pk])
    member.refresh_from_db()
    audit.record("member.answer_withdrawn", member, fields=[field])
    # What the answer led to, a link or a question to a person, is looked at again.
    identity_changed.send(Member, tenant=member.tenant, member_ids=[member.pk], record_ids=[])
