"""単一選択: one of several, as buttons; of many, as a list to open."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms_builder.questions.base import Value
from forms_builder.questions.choices import ChoiceKind, ChoiceSettings
from forms_builder.questions.question import Question

MANY = 8


class SingleKind(ChoiceKind):
    label = gettext_lazy("単一選択")
    icon = "circle-dot"
    settings_form = ChoiceSettings

    def build_inputs(
        self, question: Question, is_required: bool
    ) -> dict[str, forms.Field]:
        options = self.list_options(question)
        if len(options) > MANY or not is_required:
            options = [("", _("選択してください")), *options]
        if len(options) > MANY:
            widget: forms.Widget = forms.Select()
        else:
            options = [
                (key, label if key else _("選択しない")) for key, label in options
            ]
            widget = forms.RadioSelect()
        return {
            "": forms.ChoiceField(
                choices=options,
                widget=widget,
                **self.build_options(question, is_required),
            )
        }

    def clean(self, question: Question, typed: Mapping[str, Any]) -> list[Value]:
        return self.build_chosen(question, [str(typed[""])])
