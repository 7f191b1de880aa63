"""同意: one box to tick, with the text it is about behind a link."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms_builder.questions.base import FieldKind, NoSettings, Value
from forms_builder.questions.question import Question

AGREED = "yes"


class ConsentSettings(NoSettings):
    url = forms.CharField(
        label=gettext_lazy("規約などのURL"),
        required=False,
        max_length=500,
        help_text=gettext_lazy(
            "https:// で始まるURLを入力すると、同意の欄の下にリンクが出ます。"
        ),
    )

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"]).strip()
        if url:
            try:
                URLValidator(schemes=["https"])(url)
            except ValidationError as error:
                raise ValidationError(
                    _("URLの形が正しくありません。https:// から入力してください。")
                ) from error
        return url


class ConsentKind(FieldKind):
    label = gettext_lazy("同意")
    icon = "square-check"
    attributes = ("text",)
    asked_as = "choice"
    settings_form = ConsentSettings

    def build_inputs(
        self, question: Question, is_required: bool
    ) -> dict[str, forms.Field]:
        said = question.error or _("「%(label)s」にチェックを入れてください。") % {
            "label": question.label
        }
        return {
            "": forms.BooleanField(
                label=question.label,
                required=is_required,
                help_text=question.help_text,
                error_messages={"required": said},
            )
        }

    def clean(self, question: Question, typed: Mapping[str, Any]) -> list[Value]:
        return [Value(_("同意する"), choice=AGREED)] if typed[""] else []
