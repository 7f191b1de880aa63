"""What operators write about a member."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from members.models import Member, Note
from operators import audit
from operators.models import Operator


@transaction.atomic
def add_note(
    member: Member,
    operator: Operator | None,
    text: str,
    *,
    kind: str = Note.Kind.MEMO,
    at: datetime | None = None,
    way: str = "",
    result: str = "",
) -> Note:
    """Add a note about a member.

    ``at``: when it was, default now. ``way``: Note.Way, for a 応対履歴.
    """
    note = Note.objects.create(
        member=member,
        operator=operator,
        text=text,
        kind=kind,
        at=at or timezone.now(),
        way=way,
        result=result,
    )
    audit.record_action("note.made", note, member=member.pk, kind=kind)
    return note


@transaction.atomic
def change_note(note: Note, operator: Operator, **values: Any) -> None:
    for name, value in values.items():
        setattr(note, name, value)
    note.at = note.at or timezone.now()
    note.changed_by = operator
    note.save(update_fields=[*values, "changed_at", "changed_by"])
    audit.record_action("note.changed", note, member=note.member_id)


@transaction.atomic
def delete_note(note: Note) -> None:
    audit.record_action("note.deleted", note, member=note.member_id)
    note.delete()
