"""統合を元に戻す: the members of a merge are separate again, each with what was theirs."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.identity.answers import reflect
from members.identity.visits import count
from members.merge.merge import (
    COLUMNS,
    QUIET,
    MergeRefused,
    from_json,
    locked,
    set_value,
    snapshot,
    told,
    value_of,
)
from members.merge.references import Reference, references
from members.models import IdentityRecord, Member, Merge
from operators import audit
from operators.models import Operator
from tenants.scope import acting


@transaction.atomic
def undo(merge: Merge, operator: Operator) -> int:
    """Restore everybody's rows and values, and return how many could not be.

    Those were changed or deleted since, and stay as they are. Raises MergeRefused.
    """
    record = merge.record
    ids = sorted({merge.survivor_id, *record.get("members", [])})
    with acting(operator, "merge"):
        members = locked(ids)
        undoable(merge, members)
        missing = 0
        if record["answer"]:
            IdentityRecord.objects.filter(
                pk=record["answer"], member=merge.survivor_id
            ).delete()
        for reference in reversed(references()):
            rows = {
                int(owner): keys
                for owner, keys in record["moved"].get(reference.name, {}).items()
            }
            missing += reference.move_back(merge.survivor_id, rows)
            put_back(reference, record["kept"].get(reference.name, {}))
        missing += put_values_back(merge.survivor_id, record["values"])
        missing += put_columns_back(members, record["before"], record["after"])
        # Answers may have come since: each member shows the newest of those that it has now.
        reflect(ids)
        count(ids)
        told(ids, ids, [])
        # What carts change in answer to that is not the operator's doing.
        merge.undone_at, merge.undone_by = timezone.now(), operator
        merge.save(update_fields=["undone_at", "undone_by"])
    audit.record(
        "member.merge_undone",
        merge,
        survivor=merge.survivor_id,
        members=record["members"],
        missing=missing,
    )
    return missing


def undoable(merge: Merge, members: Mapping[int, Member]) -> None:
    """Raise MergeRefused when the merge cannot be undone."""
    if Merge.objects.filter(pk=merge.pk).exclude(undone_at=None).exists():
        raise MergeRefused(_("この統合はすでに元に戻されています。"))
    if "moved" not in merge.record or len(members) != len(merge.record["members"]) + 1:
        raise MergeRefused(
            _("統合した会員の一部が完全に削除されているため、元に戻せません。")
        )
    # What a later merge moved or changed would go to the members of this one, so the newest is undone first.
    if later := Merge.objects.filter(
        survivor=merge.survivor_id, undone_at=None, pk__gt=merge.pk
    ).first():
        if "moved" not in later.record:
            raise MergeRefused(
                _("あとの統合を元に戻せないため、この統合も元に戻せません。")
            )
        raise MergeRefused(
            _(
                "この会員には、あとから行った統合があります。あとの統合を先に元に戻してください。"
            )
        )
    survivor = members[merge.survivor_id]
    if survivor.merged_into_id:
        raise MergeRefused(
            _(
                "残した会員が、さらに別の会員に統合されています。先にその統合を元に戻してください。"
            )
        )


def put_back(reference: Reference, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Restore the remembered columns of the rows that are still there."""
    fields = {name: reference.column(name) for name in reference.rule.remember}
    for key, values in rows.items():
        old = {
            name: from_json(fields[name], values[fields[name].attname])
            for name in fields
        }
        reference.rows.filter(pk=key).update(**old)


def put_values_back(survivor: int, changed: Mapping[str, Sequence[Any]]) -> int:
    missing = 0
    for attribute, (before, after) in changed.items():
        if value_of(survivor, int(attribute)) == after:
            set_value(survivor, int(attribute), before)
        else:
            missing += 1
    return missing


def put_columns_back(
    members: Mapping[int, Member],
    before: Mapping[str, Mapping[str, Any]],
    after: Mapping[str, Mapping[str, Any]],
) -> int:
    """Restore the columns that the merge changed and nobody since; return how many somebody did change."""
    now, missing, old = snapshot(members), 0, {}
    for pk in members:
        was, became, current = before[str(pk)], after[str(pk)], now[str(pk)]
        changed = [
            field
            for field in COLUMNS
            if was.get(field.attname) != became.get(field.attname)
        ]
        same = [
            field
            for field in changed
            if current[field.attname] == became[field.attname]
        ]
        missing += sum(
            field not in same and field.attname not in QUIET for field in changed
        )
        old[pk] = {
            field.attname: from_json(field, was[field.attname]) for field in same
        }
    # Two members who exchange their LINE ids would violate the unique index.
    Member.objects.filter(
        pk__in=[pk for pk in old if "line_user_id" in old[pk]]
    ).update(line_user_id=None)
    for pk, values in old.items():
        if values:
            Member.objects.filter(pk=pk).update(**values)
    return missing
