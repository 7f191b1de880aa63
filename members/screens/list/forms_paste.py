"""Values pasted or uploaded to filter the member list by."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from members.conditions.kinds.base import MASKED_MESSAGE
from members.models import ValueList
from members.valuelists.files import ParsedInput
from members.valuelists.parse import guess_value_kind
from operators.masking import is_masked

KIND = ValueList.Field
# Whoever may not see personal data could try out all numbers that there are.
PERSONAL_KINDS = (KIND.EMAIL, KIND.PHONE, KIND.NAME)
KINDS = (KIND.EMAIL, KIND.PHONE, KIND.CUSTOMER_ID, KIND.CUSTOMER_NUMBER, KIND.MEMBER)


class PasteForm(forms.Form):
    field = forms.ChoiceField(
        label=gettext_lazy("値の種類"),
        required=False,
        choices=[
            ("", gettext_lazy("自動で判別")),
            *((kind.value, kind.label) for kind in KINDS),
        ],
    )
    text = forms.CharField(
        label=gettext_lazy("値"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "data-as-file": "file"}),
        help_text=gettext_lazy(
            "カンマ、改行、空白、タブのどれで区切っても、全角でもかまいません。"
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("ファイル"),
        required=False,
        help_text=gettext_lazy(
            "テキスト・CSV・Excel（.xlsx）。貼り付けと合わせて100万件まで。"
        ),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        pasted, file = cleaned.get("text") or "", cleaned.get("file")
        if not pasted.strip() and not file and not self.errors:
            raise ValidationError(
                gettext_lazy(
                    "値が入力されていません。貼り付けるか、ファイルを選んでください。"
                ),
                code="empty",
            )
        try:
            given = ParsedInput.of(pasted, file)
        except ValidationError as error:
            self.add_error("file", error)
            return cleaned
        cleaned["field"] = cleaned.get("field") or guess_value_kind(
            pasted if pasted.strip() else given.file
        )
        if cleaned["field"] in PERSONAL_KINDS and is_masked():
            self.add_error("field", str(MASKED_MESSAGE))
            return cleaned
        cleaned["text"] = given.values(cleaned["field"])
        return cleaned
