"""リンクの値: what the link that led here carries, such as the campaign. Whoever has the link can change it."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms_builder.questions.base import (
    CONTROL,
    FieldKind,
    LineField,
    NoSettings,
    Value,
)
from forms_builder.questions.question import Question
from members.normalize.text import clean_typed_text

PARAM = re.compile(r"[a-z][a-z0-9_]{0,29}")
TAKEN = {"test", "liff", "state", "code", "id_token", "access_token"}
LONGEST = 200


class HiddenSettings(NoSettings):
    param = forms.CharField(
        label=gettext_lazy("リンクでの名前"),
        max_length=30,
        help_text=gettext_lazy(
            "「src」なら、呼び出しURLの後ろに ?src=… と付けた値が入ります。個人情報は入れないでください。"
            "開いた人が変えられない値は、フォームのページの「署名付きURLを作る」で入れられます。"
        ),
    )

    def clean_param(self) -> str:
        name = str(self.cleaned_data["param"]).strip()
        if not PARAM.fullmatch(name):
            raise ValidationError(
                _(
                    "使えない名前です。英小文字で始まる、英小文字・数字・_ の30文字以内にしてください。"
                )
            )
        if name in TAKEN or name.startswith("liff"):
            raise ValidationError(
                _("この名前はLINEが使うため使えません。別の名前にしてください。")
            )
        return name


class HiddenKind(FieldKind):
    label = gettext_lazy("リンクの値（未確認）")
    icon = "link"
    attributes = ("text",)
    asked_as = "text"
    in_public = False
    longest = LONGEST
    settings_form = HiddenSettings

    def build_inputs(
        self, question: Question, is_required: bool
    ) -> dict[str, forms.Field]:
        field = LineField(
            label=question.label, required=False, widget=forms.HiddenInput()
        )
        return {"": field}

    def clean(self, question: Question, typed: Mapping[str, Any]) -> list[Value]:
        """Return what the link said; a value that is too long is left out, for nobody could correct it."""
        text = str(typed[""])
        return [Value(text)] if text and len(text) <= LONGEST else []


def read_link_values(query: Mapping[str, Any], names: set[str]) -> dict[str, str]:
    """Return the values of these names in the link, readable and short enough."""
    found = {name: clean_typed_text(str(query.get(name, ""))) for name in names}
    return {
        name: text
        for name, text in found.items()
        if text and len(text) <= LONGEST and not CONTROL.search(text)
    }
