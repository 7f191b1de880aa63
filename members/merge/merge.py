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

from members.db import share_links
from members.identity.answers import record_answer, reflect
from members.identity.visits import count
from members.merge.references import Reference, references
from members.models import AttributeValue, IdentityRecord, Member, Merge
from members.signals import identity_changed
from operators import audit
from operators.models import Operator
from tenants.models import Tenant
from tenants.scope import acting, current_tenant_id

MOST = 20
# What is chosen together: answers, of which the newest shows without a choice, and groups of columns.
ANSWERS = ("name", "email", "phone")
GROUPS: dict[str, tuple[str, ...]] = {
    "birthday": ("birthday", "birth_md"),
    "line": (
        "line_user_id",
        "line_name",
        "line_picture",
        "line_state",
        "line_state_at",
    ),
    "line_optout": ("line_optout_at", "line_optout_by"),
    "mail_optout": ("mail_optout_at", "mail_optout_by"),
}
# Columns that go on changing by themselves: an undo does not count them as missing.
QUIET = {"last_seen_at", "answered_at", "known_at", "known_by", "link_state", "cart_state", "line_state",
         "line_state_at", "name_key", "email_key", "phone_e164", "visits", "sessions"}  # fmt: skip
COLUMNS = [field for field in Member._meta.concrete_fields if not field.primary_key]
# Apps above register why members cannot be merged, each with its remedy, and what to do after a merge or its undo.
Objections = Callable[[Sequence[Member]], list[str]]
OBJECTIONS: list[Objections] = []
AFTER: list[Callable[[Sequence[int]], None]] = []


class MergeRefused(Exception):
    """The members cannot be merged, or the merge cannot be undone; the message gives cause and remedy."""


def register_objections(objections: Objections) -> None:
    OBJECTIONS.append(objections)


def register_after(after: Callable[[Sequence[int]], None]) -> None:
    AFTER.append(after)


def objections_to(members: Sequence[Member]) -> list[str]:
    """Return why these members cannot be merged, [] when they can."""
    if not 2 <= len(members) <= MOST:
        words = _("統合できるのは2名から%(most)s名までです。一覧で選び直してください。")
        return [words % {"most": MOST}]
    if any(member.deleted_at for member in members):
        return [
            _(
                "削除済みの会員が含まれています。先に復元するか、選択から外してください。"
            )
        ]
    return [words for objections in OBJECTIONS for words in objections(members)]


# ---------------------------------------------------------------- merge
@transaction.atomic
def merge(
    survivor: Member,
    joined: Sequence[Member],
    choices: Mapping[str, int],
    operator: Operator,
) -> Merge:
    """Merge ``joined`` into ``survivor``, which is refreshed.

    ``choices``: field (an answer, a group of columns, or "attr:<id>") → the id of the member whose value it becomes. A
    field that is not chosen gets the newest answer, else the survivor's value. Raises MergeRefused.
    """
    ids = sorted({survivor.pk, *(member.pk for member in joined)})
    with acting(operator, "merge"):
        members = locked(ids)
        if refused := objections_to(list(members.values())):
            raise MergeRefused(refused[0])
        before = snapshot(ids)
        others = [pk for pk in ids if pk != survivor.pk]
        moved, kept = move_rows(survivor.pk, others)
        values = choose_values(survivor.pk, members, choices)
        choose_columns(survivor.pk, members, choices)
        answer = choose_answers(survivor.pk, members, choices, operator)
        Member.objects.filter(pk__in=others).update(
            deleted_at=timezone.now(), merged_into=survivor.pk
        )
        count(ids)
        told(ids, [survivor.pk], [answer] if answer else [])
        merge = Merge.objects.create(
            survivor_id=survivor.pk, operator=operator,
            record={"members": others, "before": before, "after": snapshot(ids), "moved": moved, "kept": kept,
                    "values": values, "answer": answer},
        )  # fmt: skip
    audit.record("member.merged", merge, survivor=survivor.pk, members=others)
    survivor.refresh_from_db()
    return merge


def locked(ids: Sequence[int]) -> dict[int, Member]:
    """Lock the members and return them by id, as they are now.

    Neither they nor their tags and values change until the transaction ends.
    """
    share_links()
    found = Member.objects.filter(pk__in=ids).order_by("pk").select_for_update()
    return {member.pk: member for member in found}


def move_rows(
    survivor: int, others: Sequence[int]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Move the rows of the others to the survivor, and return (what moved, the columns to remember).

    Both by table: {old owner: [keys]} and {key: {column: value}}.
    """
    moved, kept = {}, {}
    for reference in references():
        if not reference.rule.moves:
            continue
        if reference.rule.remember:
            kept[reference.name] = remembered(reference, survivor, others)
        if rows := reference.move(survivor, others):
            moved[reference.name] = rows
    return moved, kept


def remembered(
    reference: Reference, survivor: int, others: Sequence[int]
) -> dict[str, Any]:
    rows = reference.rows.filter(
        **{f"{reference.field.attname}__in": [survivor, *others]}
    )
    fields = [reference.column(name) for name in reference.rule.remember]
    return {
        str(row.pk): {
            field.attname: as_json(getattr(row, field.attname)) for field in fields
        }
        for row in rows
    }


def choose_values(
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
        before, after = value_of(survivor, attribute), value_of(owner, attribute)
        if after and before != after:
            set_value(survivor, attribute, after)
            changed[str(attribute)] = [before, after]
    return changed


def value_of(member: int, attribute: int) -> dict[str, Any] | None:
    row = (
        AttributeValue.objects.filter(member=member, attribute=attribute)
        .values("text", "number", "date")
        .first()
    )
    return {name: as_json(value) for name, value in row.items()} if row else None


def set_value(member: int, attribute: int, value: Mapping[str, Any] | None) -> None:
    rows = AttributeValue.objects.filter(member=member, attribute=attribute)
    if value is None:
        rows.delete()
    elif not rows.update(**value):
        AttributeValue.objects.create(member_id=member, attribute_id=attribute, **value)


def choose_columns(
    survivor: int, members: Mapping[int, Member], choices: Mapping[str, int]
) -> None:
    """Set the groups of columns that were chosen from others.

    A LINE user id belongs to one member, so the two exchange theirs.
    """
    mine = members[survivor]
    values: dict[str, Any] = {}
    for group, columns in GROUPS.items():
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


def choose_answers(
    survivor: int,
    members: Mapping[int, Member],
    choices: Mapping[str, int],
    operator: Operator,
) -> int | None:
    """Show the newest answer of all, and record the operator's choice of another value as an answer.

    Returns the id of that answer, None when there is none.
    """
    reflect([survivor])
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


def told(ids: Sequence[int], changed: Sequence[int], records: Sequence[int]) -> None:
    tenant = Tenant.objects.get(pk=current_tenant_id())
    identity_changed.send(
        Member, tenant=tenant, member_ids=list(changed), record_ids=list(records)
    )
    for after in AFTER:
        after(ids)


# ---------------------------------------------------------------- as JSON
def snapshot(ids: Any) -> dict[str, dict[str, Any]]:
    """Return every column of these members, by id, as JSON stores it."""
    names = [field.attname for field in COLUMNS]
    rows = Member.objects.filter(pk__in=list(ids)).values("pk", *names)
    return {
        str(row["pk"]): {name: as_json(row[name]) for name in names} for row in rows
    }


def as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def from_json(field: "models.Field[Any, Any]", value: Any) -> Any:
    return field.to_python(value) if value is not None else None
