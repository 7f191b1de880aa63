"""氏名: in one input or as 姓 and 名, with フリガナ where the form asks for it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from console.forms import Switch
from forms_builder.questions.base import FieldKind, NoSettings, Value, mask_line
from forms_builder.questions.question import Question
from members.models import Member
from members.normalize.names import KATAKANA, clean_name

KANA = re.compile(r"[\u30a1-\u30fa\u30fb\u30fc ]+")  # katakana and its signs


class NameSettings(NoSettings):
    split = forms.BooleanField(
        label=gettext_lazy("姓と名を分けて聞く"), required=False, widget=Switch
    )
    kana = forms.BooleanField(
        label=gettext_lazy("フリガナも聞く"), required=False, widget=Switch
    )


class NameKind(FieldKind):
    label = gettext_lazy("氏名")
    icon = "user"
    once = True
    item = "name"
    longest = 200
    attrs = {"autocomplete": "name"}
    settings_form = NameSettings

    def build_inputs(
        self, question: Question, is_required: bool
    ) -> dict[str, forms.Field]:
        found: dict[str, forms.Field] = {}
        if question.settings.get("split"):
            names = (
                ("", _("姓"), "family-name"),
                ("given", pgettext("given name", "名"), "given-name"),
            )
            for part, label, filled in names:
                widget = forms.TextInput(
                    {"autocomplete": filled, "enterkeyhint": "next"}
                )
                said = {"required": self.say_missing(question, label)}
                found[part] = self.build_line(
                    question,
                    is_required,
                    label=label,
                    widget=widget,
                    help_text="",
                    error_messages=said,
                    max_length=90,
                )
        else:
            found[""] = self.build_line(question, is_required)
        if question.settings.get("kana"):
            said = {"required": self.say_missing(question, _("フリガナ"))}
            widget = forms.TextInput({"autocomplete": "off", "enterkeyhint": "next"})
            found["kana"] = self.build_line(
                question,
                is_required,
                label=_("フリガナ"),
                widget=widget,
                error_messages=said,
                help_text=_("ひらがなでも入力できます。例：ヤマダ ハナコ"),
            )
        return found

    def clean(self, question: Question, typed: Mapping[str, Any]) -> list[Value]:
        parts = [str(typed.get(part, "")) for part in ("", "given")]
        name = clean_name(" ".join(part for part in parts if part))
        kana = read_kana(str(typed.get("kana", "")))
        values = [Value(name)] if name else []
        return values + ([Value(kana, part="kana")] if kana else [])

    def mask(self, text: str) -> str:
        return mask_line(text)

    def show_known(self, member: Member) -> str:
        return mask_line(member.name)

    def collect_writes(
        self, question: Question, values: Sequence[Value]
    ) -> dict[str, str]:
        kana = [each.text for each in values if each.part == "kana"]
        found = super().collect_writes(question, values)
        return found | ({"kana": kana[0]} if kana and question.writes else {})


def read_kana(text: str) -> str:
    """Return the reading in katakana, one blank between its words. Raise ValidationError of the part ``kana``."""
    kana = clean_name(text).translate(
        {code: to for code, to in KATAKANA.items() if 0x3041 <= code < 0x3097}
    )
    if kana and not KANA.fullmatch(kana.replace("\u3000", " ")):
        words = _(
            "フリガナに使えない文字があります。カタカナかひらがなで入力してください。"
        )
        raise ValidationError({"kana": words})
    return kana
