"""Rows of one member that become another's: every table that refers to a member, found by walking the models.

Nothing is ever deleted. A row that the new owner has already (the same tag, the same scenario) stays where it is, so a
move is undone by moving the same rows once more.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from django.apps import apps
from django.db import models
from django.db.models import (
    CompositePrimaryKey,
    Exists,
    ForeignKey,
    OuterRef,
    Q,
    QuerySet,
    UniqueConstraint,
)
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.extension import extensions
from members.models import Member
from tenants.pg.schema import find_tenant_field
from tenants.scope import get_current_tenant_id

RowKey = int | list[Any]
# Which rows moved: {old owner's id: [row keys]}.
MovedRows = dict[int, list[RowKey]]


@dataclass(frozen=True)
class Rule:
    """What becomes of one table's rows when members are merged.

    ``label``: the noun on the screen, "" for what nobody needs to count. ``moves=False``: the rows stay. ``keys``:
    columns that make two rows the same besides the unique constraints, where ``keys_where`` holds.
    ``stays(survivor)``: rows that stay anyway.
    ``remember``: columns that others change because of the move; the undo restores them. ``order``: parents before
    children whose ``stays`` asks for them.
    """

    label: str | Promise = ""
    moves: bool = True
    keys: tuple[tuple[str, ...], ...] = ()
    keys_where: Q = field(default_factory=Q)
    stays: Callable[[int], Q] | None = None
    remember: tuple[str, ...] = ()
    order: int = 0


# "members.Note.member" → its rule. Upper apps hand in theirs; a test finds what has none.
RULES: dict[str, Rule] = {
    "members.MemberTag.member": Rule(_("タグ")),
    "members.IdentityRecord.member": Rule(_("本人確認の回答"), remember=("outcome",)),
    "members.Note.member": Rule(_("メモ・応対履歴")),
    "members.Inquiry.member": Rule(_("お問い合わせ")),
    "members.PastTag.member": Rule(),
    # Counted again afterwards (members/identity/visits.py).
    "members.Visit.member": Rule(),
    # Chosen one by one (members/merge/merge.py).
    "members.AttributeValue.member": Rule(moves=False),
    # About each member as they were: their own changes, the rows of a file, who was merged into them before.
    "members.MemberChange.member": Rule(moves=False),
    "members.ImportRow.member": Rule(moves=False),
    "members.Merge.survivor": Rule(moves=False),
    # A merged member is deleted, and so leaves the condition by itself.
    "members.SegmentMember.member": Rule(moves=False),
    "members.SegmentChange.member": Rule(moves=False),
    # Written by the database from the member's names; what a list found when it was pasted.
    "members.MemberName.member": Rule(moves=False),
    "members.ValueListMember.member": Rule(moves=False),
}


def find_rule(reference: str) -> Rule | None:
    """Return the rule of this reference, of whichever app, if it has one."""
    rules = (each.merge_rules.get(reference) for each in extensions.values())
    return next((rule for rule in rules if rule), None)


@dataclass(frozen=True)
class Reference:
    """A foreign key to Member in a table of a shop."""

    model: type[models.Model]
    field: ForeignKey[Any, Any]

    @property
    def name(self) -> str:
        return f"{self.model._meta.label}.{self.field.name}"

    @property
    def rule(self) -> Rule:
        return find_rule(self.name) or Rule()

    @property
    def rows(self) -> "QuerySet[Any]":
        return self.model._default_manager.all()

    def column(self, name: str) -> "models.Field[Any, Any]":
        return cast("models.Field[Any, Any]", self.model._meta.get_field(name))

    @cached_property
    def key_columns(self) -> list[str]:
        """The columns that identify a row, whoever owns it."""
        primary = self.model._meta.pk
        if not isinstance(primary, CompositePrimaryKey):
            return [primary.attname]
        columns = [self.column(name).attname for name in primary.field_names]
        return [
            column
            for column in columns
            if column not in ("tenant_id", self.field.attname)
        ]

    def primary_key(self, key: RowKey, owner: int) -> Any:
        primary = self.model._meta.pk
        if not isinstance(primary, CompositePrimaryKey):
            return key
        values = dict(
            zip(self.key_columns, key if isinstance(key, list) else [key], strict=True)
        )
        values |= {self.field.attname: owner, "tenant_id": get_current_tenant_id()}
        return tuple(values[self.column(name).attname] for name in primary.field_names)

    def same(self) -> Iterator[tuple[tuple[str, ...], Q]]:
        """Yield (columns, condition): where the condition holds, no two rows of one owner may agree in the columns."""
        owner = {self.field.name, self.field.attname, "tenant", "tenant_id"}
        for constraint in self.model._meta.constraints:
            if (
                isinstance(constraint, UniqueConstraint)
                and self.field.name in constraint.fields
            ):
                columns = tuple(name for name in constraint.fields if name not in owner)
                yield columns, constraint.condition or Q()
        if (
            isinstance(self.model._meta.pk, CompositePrimaryKey)
            and self.field.attname in self.model._meta.pk.field_names
        ):
            yield tuple(self.key_columns), Q()
        for columns in self.rule.keys:
            yield columns, self.rule.keys_where

    def taken(self, owners: Q) -> Q:
        """Return the condition for rows that one of the owners has already."""
        found = Q()
        for columns, condition in self.same():
            alike = {column: OuterRef(column) for column in columns}
            found |= condition & Q(
                Exists(self.rows.filter(owners & condition, **alike))
            )
        return found

    def movable(self, survivor: int, joined: Collection[int]) -> "QuerySet[Any]":
        """Return the rows that can move; where several members have the same row, the first member's moves."""
        earlier = Q(
            **{
                f"{self.field.attname}__in": list(joined),
                f"{self.field.attname}__lt": OuterRef(self.field.attname),
            }
        )
        rows = self.rows.filter(**{f"{self.field.attname}__in": list(joined)})
        if taken := self.taken(Q((self.field.attname, survivor)) | earlier):
            rows = rows.filter(~taken)
        return rows.exclude(self.rule.stays(survivor)) if self.rule.stays else rows

    def move(self, survivor: int, joined: Collection[int]) -> MovedRows:
        moved: MovedRows = {}
        found = (
            self.movable(survivor, joined)
            .order_by()
            .values_list(self.field.attname, *self.key_columns)
        )
        for owner, *key in found:
            moved.setdefault(owner, []).append(key[0] if len(key) == 1 else key)
        for owner, keys in moved.items():
            self.named(keys, owner).update(**{self.field.attname: survivor})
        return moved

    def move_back(self, survivor: int, moved: Mapping[int, list[RowKey]]) -> int:
        """Move the rows back, and return how many could not be: they are gone, or somebody else's by now."""
        missing = 0
        for owner, keys in moved.items():
            back = self.named(keys, survivor)
            if taken := self.taken(Q((self.field.attname, owner))):
                back = back.filter(~taken)
            missing += len(keys) - back.update(**{self.field.attname: owner})
        return missing

    def named(self, keys: Iterable[RowKey], owner: int) -> "QuerySet[Any]":
        wanted = [self.primary_key(key, owner) for key in keys]
        return self.rows.filter(**{"pk__in": wanted, self.field.attname: owner})


def list_member_references() -> list[Reference]:
    """Return every reference to a member, in the order in which rows are moved."""
    found = [
        Reference(model, field)
        for model in apps.get_models()
        if find_tenant_field(model) and model is not Member
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is Member
    ]
    return sorted(found, key=lambda reference: (reference.rule.order, reference.name))
