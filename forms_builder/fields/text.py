"""1行テキスト: a line of whatever."""

from django.utils.translation import gettext_lazy

from forms_builder.questions.base import FieldKind


class TextKind(FieldKind):
    label = gettext_lazy("1行テキスト")
    icon = "type"
    attributes = ("text",)
    asked_as = "text"
    attrs = {"autocomplete": "off"}
