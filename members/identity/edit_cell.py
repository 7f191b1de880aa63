"""One value of one member, written in place: in a cell of the list or on the member's page."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.attributes.cells import Cell, build_cell
from members.attributes.member_fields import ANSWERS, FIELDS
from members.attributes.values import parse_attribute_value, set_attribute_value
from members.identity.answers import apply_newest_answers, lock_members, record_answer
from members.models import Attribute, IdentityRecord, Member
from members.normalize.names import clean_name
from members.normalize.text import normalize_text
from members.signals import identity_changed
from operators import audit
from operators.models import Operator


class ConcurrentChange(Exception):
    """Somebody else changed the value since the page was loaded; ``cell`` has the current value."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell


@transaction.atomic
def write_cell(
    member: Member,
    attribute: Attribute,
    text: str,
    before: str,
    operator: Operator,
    undo: bool = False,
) -> Cell:
    """Give the member the value that ``text`` means; ``before`` is what the page showed.

    Raises ValidationError with cause and remedy, and ConcurrentChange. An identity field becomes the operator's answer.
    """
    lock_members([member.pk])
    member.refresh_from_db()
    now = build_cell(member, attribute)
    if now.value != before:
        raise ConcurrentChange(now)
    if attribute.column not in ANSWERS:
        set_attribute_value(attribute, Member.objects.filter(pk=member.pk), text)
        member.refresh_from_db()
    elif undo and not normalize_text(text):
        _withdraw_answer(member, attribute.column, operator)
    elif _clean_typed(attribute, text) != before:
        _answer_field(member, attribute, text, operator)
    return build_cell(member, attribute)


def _clean_typed(attribute: Attribute, text: str) -> str:
    """Return the text as it would be stored: a name as typed, a contact in one width."""
    return clean_name(text) if attribute.column == "name" else normalize_text(text)


def _answer_field(
    member: Member, attribute: Attribute, text: str, operator: Operator
) -> None:
    value = parse_attribute_value(attribute, text)
    if not value:
        words = _(
            "%(field)sは空欄にできません。本人確認の回答は消えずに残ります。新しい値を入力してください。"
        )
        raise ValidationError(words % {"field": attribute.label}, code="required")
    fields: dict[str, Any] = {attribute.column: value}
    record_answer(
        member,
        IdentityRecord.Source.OPERATOR,
        received_at=timezone.now(),
        operator=operator,
        **fields,
    )


def _withdraw_answer(member: Member, field: str, operator: Operator) -> None:
    """Withdraw the operator's own first answer to this field, which nobody had answered before.

    Raises ValidationError when there are other answers.
    """
    records = member.identity_records.exclude(**{field: ""})
    record = records.filter(
        source=IdentityRecord.Source.OPERATOR, operator=operator
    ).first()
    if (
        record is None
        or records.count() != 1
        or any(getattr(record, name) for name in ANSWERS if name != field)
    ):
        raise ValidationError(
            _(
                "元に戻せません。ほかの回答があります。会員の画面の回答の履歴から戻してください。"
            )
        )
    matched = FIELDS[field].matched
    assert matched  # it is an answer
    record.delete()
    Member.objects.filter(pk=member.pk).update(**{field: "", matched.column: ""})
    apply_newest_answers([member.pk])
    member.refresh_from_db()
    audit.record_action("member.answer_withdrawn", member, fields=[field])
    # What the answer led to, a link or a question to an operator, is decided again.
    identity_changed.send(
        Member, tenant=member.tenant, member_ids=[member.pk], record_ids=[]
    )
