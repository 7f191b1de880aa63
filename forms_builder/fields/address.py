"""住所: down to the house number, and the building."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms_builder.questions.base import FieldKind, Value, mask_line
from forms_builder.questions.question import Question


class AddressKind(FieldKind):
    label = gettext_lazy("住所")
    icon = "house"
    once = True
    item = "address"
    asked_as = "text"
    longest = 300

    def build_inputs(
        self, question: Question, is_required: bool
    ) -> dict[str, forms.Field]:
        street = forms.TextInput(
            {"autocomplete": "street-address", "enterkeyhint": "next"}
        )
        building = forms.TextInput(
            {"autocomplete": "address-line2", "enterkeyhint": "next"}
        )
        place = _("都道府県・市区町村・番地")
        return {
            "": self.build_line(
                question,
                is_required,
                label=place,
                widget=street,
                error_messages={"required": self.say_missing(question, place)},
            ),
            "building": self.build_line(
                question,
                is_required=False,
                label=_("建物名・部屋番号"),
                widget=building,
                max_length=150,
                help_text="",
            ),
        }

    def clean(self, question: Question, typed: Mapping[str, Any]) -> list[Value]:
        whole = " ".join(
            " ".join(str(typed[part]).split()) for part in ("", "building")
        )
        return [Value(whole.strip())] if typed[""] else []

    def mask(self, text: str) -> str:
        return mask_line(text)
