"""A member's answers in their order, and what each of them changed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.utils.functional import Promise

from members.attributes.member_fields import ANSWERS, FIELDS
from members.attributes.personal import show_personal
from members.models import IdentityRecord


@dataclass(frozen=True)
class Change:
    """``before``, ``after``: as they are printed."""

    label: str | Promise
    before: str
    after: str
    changed: bool = True


def make_change(label: str | Promise, field: str, before: str, after: str) -> Change:
    """Return the change of one field of a person; before and after as their values are."""
    return Change(
        label,
        show_personal(before, field),
        show_personal(after, field),
        before != after,
    )


@dataclass
class Answer:
    """The ``number``-th answer in the order of receipt.

    ``given``: a change for each field that it answers. ``shown``: the fields that the member has from it now.
    """

    number: int
    record: IdentityRecord
    given: list[Change] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    @property
    def changes(self) -> list[Change]:
        return [change for change in self.given if change.changed]


def build_answer_history(
    records: Iterable[IdentityRecord], hidden: Collection[str] = ()
) -> list[Answer]:
    """Return all answers of one member, newest first, each with its difference to what was known before it.

    ``hidden``: fields that are left out.
    """
    fields = {name: FIELDS[name].label for name in ANSWERS if name not in hidden}
    known = dict.fromkeys(fields, "")
    holder: dict[str, Answer] = {}
    answers = []
    for number, record in enumerate(
        sorted(records, key=lambda record: (record.received_at, record.pk)), start=1
    ):
        answer = Answer(number, record)
        for name, label in fields.items():
            if value := getattr(record, name):
                answer.given.append(make_change(label, name, known[name], value))
                known[name], holder[name] = value, answer
        answers.append(answer)
    for name, answer in holder.items():
        answer.shown.append(name)
    return answers[::-1]
