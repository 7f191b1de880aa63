"""What is wrong with a field, in words of that field."""

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.template import Library
from django.utils.translation import gettext as _

register = Library()


@register.filter
def own_errors(field: BoundField) -> list[str]:
    """Return the field's errors; where a form has no text of its own for a missing value, one that names the field."""
    return [
        _name_missing_value(field) if _says_only_required(error) else text
        for error in field.errors.as_data()
        for text in error.messages
    ]


def _says_only_required(error: ValidationError) -> bool:
    default = forms.Field.default_error_messages["required"]
    return error.code == "required" and str(error.message) == str(default)


def _name_missing_value(field: BoundField) -> str:
    if isinstance(field.field, forms.BooleanField):
        words = _(
            "「%(label)s」が選ばれていません。確かめて、チェックを入れてください。"
        )
    elif isinstance(field.field, forms.ChoiceField | forms.FileField):
        words = _("%(label)sが選ばれていません。選んでください。")
    else:
        words = _("%(label)sが入力されていません。入力してください。")
    return words % {"label": field.label}
