"""複数行テキスト: an inquiry, a wish, a reason."""

from django import forms
from django.utils.translation import gettext_lazy

from forms_builder.questions.base import FieldKind
from forms_builder.questions.question import Question


class LongTextKind(FieldKind):
    label = gettext_lazy("複数行テキスト")
    icon = "text-align-start"
    longest = 2_000

    def build_inputs(
        self, question: Question, is_required: bool
    ) -> dict[str, forms.Field]:
        area = forms.Textarea({"rows": 5, "autocomplete": "off"})
        return {"": self.build_line(question, is_required, widget=area, lines=True)}
