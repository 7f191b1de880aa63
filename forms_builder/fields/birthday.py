"""生年月日: Western or Japanese year, or month and day alone."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from forms_builder.questions.base import FieldKind, Value
from forms_builder.questions.question import Question
from members.models import Member
from members.normalize.birthdays import parse_birthday


class BirthdayKind(FieldKind):
    label = gettext_lazy("生年月日")
    icon = "calendar"
    help = gettext_lazy(
        "西暦でも和暦でも入力できます。例：1985/11/22、昭和60年11月22日"
    )
    once = True
    item = "birthday"
    asked_as = "date"
    longest = 40
    attrs = {"autocomplete": "bday", "inputmode": "text"}

    def clean(self, question: Question, typed: Mapping[str, Any]) -> list[Value]:
        found = parse_birthday(str(typed[""]))
        return [Value(str(found), date=found.birthday)] if found.birth_md else []

    def mask(self, text: str) -> str:
        return "****/**/**" if text else ""

    def show_known(self, member: Member) -> str:
        return self.mask("known" if member.birth_md else "")
