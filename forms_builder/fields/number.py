"""数値: with a smallest and a largest value, and a unit behind it."""

import math
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms_builder.questions.base import FieldKind, NoSettings, Value
from forms_builder.questions.question import Question
from members.normalize.numbers import clean_number
from members.normalize.text import normalize_text

MOST = 10**12


class NumberSettings(NoSettings):
    least = forms.FloatField(label=gettext_lazy("最小値"), required=False)
    most = forms.FloatField(label=gettext_lazy("最大値"), required=False)
    unit = forms.CharField(
        label=gettext_lazy("単位"),
        required=False,
        max_length=10,
        help_text=gettext_lazy("入力欄の説明と回答に添えます。例：個"),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        least, most = cleaned.get("least"), cleaned.get("most")
        if least is not None and most is not None and least > most:
            self.add_error(
                "most",
                _("最大値が最小値より小さくなっています。大きい値にしてください。"),
            )
        return cleaned


class NumberKind(FieldKind):
    label = gettext_lazy("数値")
    icon = "hash"
    attributes = ("number", "text")
    asked_as = "number"
    longest = 30
    attrs = {"inputmode": "decimal", "autocomplete": "off"}
    settings_form = NumberSettings

    def clean(self, question: Question, typed: Mapping[str, Any]) -> list[Value]:
        text = normalize_text(str(typed[""]))
        if not text:
            return []
        number = float(clean_number(text, units="") or math.nan)
        if not abs(number) <= MOST:
            raise ValidationError(
                _("数値として読み取れません。「12」のように数字で入力してください。")
            )
        check_range(number, question.settings)
        shown = f"{number:g}" if abs(number) < 10**6 else f"{number:.10g}"
        return [Value(shown + str(question.settings.get("unit", "")), number=number)]

    def collect_writes(self, question: Question, values: Any) -> dict[str, str]:
        if question.writes in ("", "item") or not values:
            return {}
        return {question.writes: f"{values[0].number:.10g}"}


def check_range(number: float, settings: Mapping[str, Any]) -> None:
    least, most = settings.get("least"), settings.get("most")
    if least is not None and number < least:
        raise ValidationError(
            _("%(n)s以上の数字を入力してください。") % {"n": f"{least:,g}"}
        )
    if most is not None and number > most:
        raise ValidationError(
            _("%(n)s以下の数字を入力してください。") % {"n": f"{most:,g}"}
        )
