"""A member's answers in their order, and what each of them changed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models import IdentityRecord

FIELDS: dict[str, Promise] = {
    "name": _("氏名"),
    "email": _("メールアドレス"),
    "phone": _("電話番号"),
}


@dataclass(frozen=True)
class Change:
    label: str | Promise
    before: str
    after: str

    @property
    def changed(self) -> bool:
        return self.before != self.after


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
    fields = {name: label for name, label in FIELDS.items() if name not in hidden}
    known = dict.fromkeys(fields, "")
    holder: dict[str, Answer] = {}
    answers = []
    for number, record in enumerate(
        sorted(records, key=lambda record: (record.received_at, record.pk)), start=1
    ):
        answer = Answer(number, record)
        for name, label in fields.items():
            if value := getattr(record, name):
                answer.given.append(Change(label, known[name], value))
                known[name], holder[name] = value, answer
        answers.append(answer)
    for name, answer in holder.items():
        answer.shown.append(name)
    return answers[::-1]
