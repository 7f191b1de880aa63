"""統合を元に戻す: the members of a merge are separate again, each with what was theirs."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.identity.answers import apply_newest_answers
from members.identity.shared_emails import find_sharing, lock_emails
from members.identity.visits import count_visits
from members.merge.merge import (
    COLUMNS,
    SELF_CHANGING,
    MergeRefused,
    decode_json_value,
    get_value_columns,
    lock_merging_members,
    notify_merge,
    set_value_columns,
    take_snapshot,
)
from members.merge.references import Reference, list_member_references
from members.models import IdentityRecord, Member, Merge
from operators import audit
from operators.models import Operator
from tenants.scope import act_as


@transaction.atomic
def unmerge_members(merge: Merge, operator: Operator) -> int:
    """Restore everybody's rows and values, and return how many could not be.

    Those were changed or deleted since, and stay as they are. Raises MergeRefused.
    """
    record = merge.record
    ids = sorted({merge.survivor_id, *record.get("members", [])})
    with act_as(operator, "merge"):
        lock_emails()
        members = lock_merging_members(ids)
        _require_undoable(merge, members)
        missing = 0
        if record["answer"]:
            IdentityRecord.objects.filter(
                pk=record["answer"], member=merge.survivor_id
            ).delete()
        for reference in reversed(list_member_references()):
            rows = {
                int(owner): keys
                for owner, keys in record["moved"].get(reference.name, {}).items()
            }
            missing += reference.move_back(merge.survivor_id, rows)
            _restore_remembered(reference, record["kept"].get(reference.name, {}))
        missing += _restore_values(merge.survivor_id, record["values"])
        missing += _restore_columns(members, record["before"], record["after"])
        # Answers may have come since: each member shows the newest of those that it has now.
        apply_newest_answers(ids)
        _require_own_emails(ids)
        count_visits(ids)
        notify_merge(ids, ids, [])
        # What carts change in answer to that is not the operator's doing.
        merge.undone_at, merge.undone_by = timezone.now(), operator
        merge.save(update_fields=["undone_at", "undone_by"])
    audit.record_action(
        "member.merge_undone",
        merge,
        survivor=merge.survivor_id,
        members=record["members"],
        missing=missing,
    )
    return missing


def _require_undoable(merge: Merge, members: Mapping[int, Member]) -> None:
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


def _require_own_emails(ids: Sequence[int]) -> None:
    """Raise MergeRefused where one of them would share an address and the shop does not let them."""
    if member := find_sharing(ids):
        words = _(
            "元に戻すと、会員ID %(id)s のメールアドレスがほかの会員と重複します。"
            "残した会員のメールアドレスを変えるか、「メールアドレスの重複」の設定を変えてから、元に戻してください。"
        )
        raise MergeRefused(words % {"id": member.public_id})


def _restore_remembered(
    reference: Reference, rows: Mapping[str, Mapping[str, Any]]
) -> None:
    """Restore the remembered columns of the rows that are still there."""
    fields = {name: reference.column(name) for name in reference.rule.remember}
    for key, values in rows.items():
        old = {
            name: decode_json_value(fields[name], values[fields[name].attname])
            for name in fields
        }
        reference.rows.filter(pk=key).update(**old)


def _restore_values(survivor: int, changed: Mapping[str, Sequence[Any]]) -> int:
    missing = 0
    for attribute, (before, after) in changed.items():
        if get_value_columns(survivor, int(attribute)) == after:
            set_value_columns(survivor, int(attribute), before)
        else:
            missing += 1
    return missing


def _restore_columns(
    members: Mapping[int, Member],
    before: Mapping[str, Mapping[str, Any]],
    after: Mapping[str, Mapping[str, Any]],
) -> int:
    """Restore the columns that the merge changed and nobody since; return how many somebody did change."""
    now, missing, old = take_snapshot(members), 0, {}
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
            field not in same and field.attname not in SELF_CHANGING
            for field in changed
        )
        old[pk] = {
            field.attname: decode_json_value(field, was[field.attname])
            for field in same
        }
    # Two members who exchange their LINE ids would violate the unique index.
    Member.objects.filter(
        pk__in=[pk for pk in old if "line_user_id" in old[pk]]
    ).update(line_user_id=None)
    for pk, values in old.items():
        if values:
            Member.objects.filter(pk=pk).update(**values)
    return missing
