"""複数選択: as many of several as apply."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy

from forms_builder.questions.base import Value
from forms_builder.questions.choices import ChoiceKind, ChoiceSettings
from forms_builder.questions.question import Question


class MultipleKind(ChoiceKind):
    label = gettext_lazy("複数選択")
    icon = "list-checks"
    attributes: ClassVar[tuple[str, ...]] = ("text",)
    settings_form = ChoiceSettings

    def build_inputs(
        self, question: Question, is_required: bool
    ) -> dict[str, forms.Field]:
        return {
            "": forms.MultipleChoiceField(
                choices=self.list_options(question),
                widget=forms.CheckboxSelectMultiple(),
                **self.build_options(question, is_required),
            )
        }

    def clean(self, question: Question, typed: Mapping[str, Any]) -> list[Value]:
        return self.build_chosen(question, typed[""])
