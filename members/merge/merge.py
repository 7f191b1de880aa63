"""会員の統合: several members turn out to be one person. One survives; the others are hidden and lead to it.

The survivor gets their rows (members/merge/references.py) and, field by field, the values that the operator chose.
``Merge.record`` stores every row that is changed as it was before and after, so that all of it can be undone
(members/merge/unmerge.py).
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.attributes.member_fields import ANSWERS, FIELDS
from members.db import lock_links_shared
from members.extension import extensions
from members.identity.answers import apply_newest_answers, record_answer
from members.identity.visits import count_visits
from members.merge.references import Reference, list_member_references
from members.models import AttributeValue, IdentityRecord, Member, Merge
from members.signals import identity_changed
from operators import audit
from operators.models import Operator
from tenants.models import Tenant
from tenants.scope import act_as, get_current_tenant_id

MOST_MEMBERS = 20
# Columns that are chosen together, besides the answers, of which the newest shows without a choice.
COLUMN_GROUPS: dict[str, tuple[str, ...]] = {
    key: each.columns
    for key, each in FIELDS.items()
    if each.chosen and not each.matched
}
# Columns that go on changing by themselves: an undo does not count them as missing.
SELF_CHANGING = {"last_seen_at", "answered_at", "known_at", "known_by", "link_state", "cart_state", "line_state",
         "line_state_at", "name_key", "email_key", "phone_e164", "visits", "sessions"}  # fmt: skip
COLUMNS = [field for field in Member._meta.concrete_fields if not field.primary_key]
# Of every app: why these members cannot be joined, each with its remedy; what to do once they are, or no longer are.
Objections = Callable[[Sequence[Member]], list[str]]
AfterMerge = Callable[[Sequence[int]], None]


class MergeRefused(Exception):
    """The members cannot be merged, or the merge cannot be undone; the message gives cause and remedy."""


def list_merge_objections(members: Sequence[Member]) -> list[str]:
    """Return why these members cannot be merged, [] when they can."""
    if not 2 <= len(members) <= MOST_MEMBERS:
        words = _("統合できるのは2名から%(most)s名までです。一覧で選び直してください。")
        return [words % {"most": MOST_MEMBERS}]
    if any(member.deleted_at for member in members):
        return [
            _(
                "削除済みの会員が含まれています。先に復元するか、選択から外してください。"
            )
        ]
    every = (each for one in extensions.values() for each in one.merge_objections)
    return [words for objections in every for words in objections(members)]


# ---------------------------------------------------------------- merge
@transaction.atomic
def merge_members(
    survivor: Member,
    joined: Sequence[Member],
    choices: Mapping[str, int],
    operator: Operator | None,
) -> Merge:
    """Merge ``joined`` into ``survivor``, which is refreshed.

    ``choices``: field (an answer, a group of columns, or "attr:<id>") → the id of the member whose value it becomes. A
    field that is not chosen gets the newest answer, else the survivor's value. ``operator``: None where nobody asked
    for it. Raises MergeRefused.
    """
    ids = sorted({survivor.pk, *(member.pk for member in joined)})
    with act_as(operator, "merge"):
        members = lock_merging_members(ids)
        if refused := list_merge_objections(list(members.values())):
            raise MergeRefused(refused[0])
        before = take_snapshot(ids)
        others = [pk for pk in ids if pk != survivor.pk]
        moved, kept = _move_rows(survivor.pk, others)
        values = _set_chosen_values(survivor.pk, members, choices)
        _set_chosen_columns(survivor.pk, members, choices)
        answer = _record_chosen_answers(survivor.pk, members, choices, operator)
        Member.objects.filter(pk__in=others).update(
            deleted_at=timezone.now(), merged_into=survivor.pk
        )
        count_visits(ids)
        notify_merge(ids, [survivor.pk], [answer] if answer else [])
        merge = Merge.objects.create(
            survivor_id=survivor.pk,
            operator=operator,
            record={
                "members": others,
                "before": before,
                "after": take_snapshot(ids),
                "moved": moved,
                "kept": kept,
                "values": values,
                "answer": answer,
            },
        )
    audit.record_action("member.merged", merge, survivor=survivor.pk, members=others)
    survivor.refresh_from_db()
    return merge


def lock_merging_members(ids: Sequence[int]) -> dict[int, Member]:
    """Lock the members and return them by id, as they are now.

    Neither they nor their tags and values change until the transaction ends.
    """
    lock_links_shared()
    found = Member.objects.filter(pk__in=ids).order_by("pk").select_for_update()
    return {member.pk: member for member in found}


def _move_rows(
    survivor: int, others: Sequence[int]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Move the rows of the others to the survivor, and return (what moved, the columns to remember).

    Both by table: {old owner: [keys]} and {key: {column: value}}.
    """
    moved, kept = {}, {}
    for reference in list_member_references():
        if not reference.rule.moves:
            continue
        if reference.rule.remember:
            kept[reference.name] = _collect_remembered(reference, survivor, others)
        if rows := reference.move(survivor, others):
            moved[reference.name] = rows
    return moved, kept


def _collect_remembered(
    reference: Reference, survivor: int, others: Sequence[int]
) -> dict[str, Any]:
    rows = reference.rows.filter(
        **{f"{reference.field.attname}__in": [survivor, *others]}
    )
    fields = [reference.column(name) for name in reference.rule.remember]
    return {
        str(row.pk): {
            field.attname: _encode_json(getattr(row, field.attname)) for field in fields
        }
        for row in rows
    }


def _set_chosen_values(
    survivor: int, members: Mapping[int, Member], choices: Mapping[str, int]
) -> dict[str, Any]:
    """Set the chosen values of attributes that are another member's, and return what changed.

    {attribute id: [before, after]}
    """
    changed = {}
    for field, owner in choices.items():
        if not field.startswith("attr:") or owner == survivor or owner not in members:
            continue
        attribute = int(field.removeprefix("attr:"))
        before, after = (
            get_value_columns(survivor, attribute),
            get_value_columns(owner, attribute),
        )
        if after and before != after:
            set_value_columns(survivor, attribute, after)
            changed[str(attribute)] = [before, after]
    return changed


def get_value_columns(member: int, attribute: int) -> dict[str, Any] | None:
    row = (
        AttributeValue.objects.filter(member=member, attribute=attribute)
        .values("text", "number", "date")
        .first()
    )
    return {name: _encode_json(value) for name, value in row.items()} if row else None


def set_value_columns(
    member: int, attribute: int, value: Mapping[str, Any] | None
) -> None:
    rows = AttributeValue.objects.filter(member=member, attribute=attribute)
    if value is None:
        rows.delete()
    elif not rows.update(**value):
        AttributeValue.objects.create(member_id=member, attribute_id=attribute, **value)


def _set_chosen_columns(
    survivor: int, members: Mapping[int, Member], choices: Mapping[str, int]
) -> None:
    """Set the groups of columns that were chosen from others.

    A LINE user id belongs to one member, so the two exchange theirs.
    """
    mine = members[survivor]
    values: dict[str, Any] = {}
    for group, columns in COLUMN_GROUPS.items():
        owner = members.get(choices.get(group, survivor), mine)
        if owner is mine:
            continue
        values |= {column: getattr(owner, column) for column in columns}
        if group == "line":
            Member.objects.filter(pk__in=[owner.pk, survivor]).update(line_user_id=None)
            Member.objects.filter(pk=owner.pk).update(
                **{column: getattr(mine, column) for column in columns}
            )
    seen = [member.last_seen_at for member in members.values() if member.last_seen_at]
    Member.objects.filter(pk=survivor).update(
        last_seen_at=max(seen, default=None), **values
    )


def _record_chosen_answers(
    survivor: int,
    members: Mapping[int, Member],
    choices: Mapping[str, int],
    operator: Operator | None,
) -> int | None:
    """Show the newest answer of all, and record the operator's choice of another value as an answer.

    Returns the id of that answer, None when there is none.
    """
    apply_newest_answers([survivor])
    member = Member.objects.get(pk=survivor)
    chosen = {
        name: getattr(members[choices[name]], name)
        for name in ANSWERS
        if choices.get(name) in members
    }
    given = {
        name: value
        for name, value in chosen.items()
        if value and value != getattr(member, name)
    }
    if not given:
        return None
    source = IdentityRecord.Source.OPERATOR
    record = record_answer(
        member,
        source,
        received_at=timezone.now(),
        operator=operator,
        links=False,
        **given,
    )
    return record.pk


def notify_merge(
    ids: Sequence[int], changed: Sequence[int], records: Sequence[int]
) -> None:
    tenant = Tenant.objects.get(pk=get_current_tenant_id())
    identity_changed.send(
        Member, tenant=tenant, member_ids=list(changed), record_ids=list(records)
    )
    for extension in extensions.values():
        for after in extension.after_merge:
            after(ids)


# ---------------------------------------------------------------- as JSON
def take_snapshot(ids: Any) -> dict[str, dict[str, Any]]:
    """Return every column of these members, by id, as JSON stores it."""
    names = [field.attname for field in COLUMNS]
    rows = Member.objects.filter(pk__in=list(ids)).values("pk", *names)
    return {
        str(row["pk"]): {name: _encode_json(row[name]) for name in names}
        for row in rows
    }


def _encode_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def decode_json_value(field: "models.Field[Any, Any]", value: Any) -> Any:
    return field.to_python(value) if value is not None else None
