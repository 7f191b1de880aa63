"""日付: chosen from a calendar, or typed."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import DateInput
from forms_builder.questions.base import FieldKind, Value
from forms_builder.questions.question import Question
from members.normalize.dates import parse_day


class DateKind(FieldKind):
    label = gettext_lazy("日付")
    icon = "calendar-days"
    attributes = ("date", "text")
    asked_as = "date"
    longest = 40

    def build_inputs(
        self, question: Question, is_required: bool
    ) -> dict[str, forms.Field]:
        return {"": self.build_line(question, is_required, widget=DateInput())}

    def clean(self, question: Question, typed: Mapping[str, Any]) -> list[Value]:
        text = str(typed[""])
        day = parse_day(text) if text else None
        if text and not day:
            raise ValidationError(
                _("日付として読み取れません。「2026/11/22」のように入力してください。")
            )
        return [Value(f"{day:%Y/%m/%d}", date=day)] if day else []
