"""会員の統合: who stays, and whose value each field takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.attributes.definitions import get_archived_keys
from members.attributes.kinds import show_value
from members.attributes.member_field import MemberField
from members.attributes.member_fields import ANSWERS, FIELDS
from members.attributes.personal import show_personal
from members.models import Attribute, AttributeValue, IdentityRecord, Member

# Enough of a LINE user id to tell two of them apart: a U and 32 hexadecimal digits.
ID_SHOWN = 9


@dataclass
class MergeRow:
    """One field: what each member has, in the order of the members; "" for nothing."""

    key: str
    label: str | Promise
    values: list[str]
    default: int | None = None
    archived: bool = False
    personal: str = ""
    cells: list[Any] = field(default_factory=list)

    @property
    def field(self) -> str:
        """What the field is called where it says who somebody is."""
        return self.personal or self.key

    @property
    def differs(self) -> bool:
        return len({value for value in self.values if value}) > 1


class MergeForm(forms.Form):
    """``rows`` are the fields that somebody has a value for; where they differ, one of them is chosen."""

    survivor = forms.ChoiceField(
        label=gettext_lazy("残す会員"), widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, members: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = list(members)
        people = [(str(member.pk), show_personal(member)) for member in self.members]
        self.fields["survivor"].choices = people  # type: ignore[attr-defined]
        self.fields["survivor"].initial = str(choose_default_survivor(self.members).pk)
        rows = [row for row in build_merge_rows(self.members) if any(row.values)]
        self.rows = [row for row in rows if not row.archived]
        # Archived fields are not shown but are merged all the same, with the default as for the others.
        self.unseen = {row.key: row.default or 0 for row in rows if row.archived}
        for row in self.rows:
            choices = [
                pair for pair, value in zip(people, row.values, strict=True) if value
            ]
            self.fields[row.key] = forms.ChoiceField(
                label=str(row.label),
                choices=choices,
                initial=str(row.default),
                required=row.differs,
                widget=forms.RadioSelect,
                error_messages={
                    "required": _("%(label)sを選んでください。") % {"label": row.label}
                },
            )
        self.options = {option.data["value"]: option for option in self["survivor"]}
        for row in self.rows:
            options = {str(option.data["value"]): option for option in self[row.key]}
            row.cells = [
                (options.get(str(member.pk)), show_personal(value, row.field))
                for member, value in zip(self.members, row.values, strict=True)
            ]

    @property
    def people(self) -> list[Any]:
        """(member, its radio button)"""
        return list(zip(self.members, self["survivor"], strict=True))

    @property
    def chosen(self) -> Member:
        return next(
            member
            for member in self.members
            if str(member.pk) == self.cleaned_data["survivor"]
        )

    @property
    def choices(self) -> dict[str, int]:
        """Field → whose value; where there is but one value, whoever has it."""
        return self.unseen | {
            row.key: int(self.cleaned_data[row.key] or row.default or 0)
            for row in self.rows
        }


def choose_default_survivor(members: Sequence[Member]) -> Member:
    """Return who is linked, else a LINE friend, else the first."""
    linked, friend = Member.LinkState.LINKED, Member.LineState.FRIEND
    return min(
        members,
        key=lambda each: (
            each.link_state != linked,
            each.line_state != friend,
            each.pk,
        ),
    )


def build_merge_rows(members: Sequence[Member]) -> list[MergeRow]:
    newest = find_newest_answers(members)
    rows = [
        MergeRow(key, each.label, SHOWN.get(key, _make_reader(each))(members))
        for key, each in FIELDS.items()
        if each.chosen
    ]
    rows += build_attribute_rows(members)
    archived = get_archived_keys()
    best = choose_default_survivor(members).pk
    for row in rows:
        having = [
            member.pk
            for member, value in zip(members, row.values, strict=True)
            if value
        ]
        wanted = [best, newest.get(row.key), *having]
        row.default = next((member for member in wanted if member in having), None)
        row.archived = row.archived or row.key in archived
    return rows


def _make_reader(each: MemberField) -> Callable[[Sequence[Member]], list[str]]:
    return lambda members: [each.show(member) for member in members]


def describe_line_accounts(members: Sequence[Member]) -> list[str]:
    """Return the LINE names, with the start of the id where two accounts have the same name."""
    names = [FIELDS["line"].show(member) for member in members]
    ids = [(member.line_user_id or "")[:ID_SHOWN] for member in members]
    return [
        _("%(name)s（%(id)s…）") % {"name": name, "id": start}
        if start and names.count(name) > 1
        else name
        for name, start in zip(names, ids, strict=True)
    ]


# Where it takes all of them to say what one has. An opt-out survives every merge: nothing else can be chosen.
SHOWN: dict[str, Callable[[Sequence[Member]], list[str]]] = {
    "line": describe_line_accounts
}


def find_newest_answers(members: Sequence[Member]) -> dict[str, int]:
    """Return {field: primary key of the member whose answer to it is the newest}."""
    found: dict[str, int] = {}
    records = IdentityRecord.objects.filter(member__in=members).order_by(
        "-received_at", "-pk"
    )
    for record in records:
        for name in ANSWERS:
            if getattr(record, name):
                found.setdefault(name, record.member_id)
    return found


def build_attribute_rows(members: Sequence[Member]) -> list[MergeRow]:
    rows = (
        AttributeValue.objects.filter(member__in=members)
        .select_related("attribute")
        .order_by("attribute__position")
    )
    values: dict[int, dict[int, str]] = {}
    items: dict[int, Attribute] = {}
    for row in rows:
        items[row.attribute_id] = row.attribute
        values.setdefault(row.attribute_id, {})[row.member_id] = show_value(
            row.attribute, row
        )
    return [
        MergeRow(
            f"attr:{pk}",
            item.label,
            [values[pk].get(member.pk, "") for member in members],
            archived=item.archived_at is not None,
            personal=item.system,
        )
        for pk, item in items.items()
    ]
