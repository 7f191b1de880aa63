"""メモ and 応対履歴."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import DateTimeInput, SegmentedSelect
from members.models import Note

TEXT = Note._meta.get_field("text").max_length


class NoteForm(forms.Form):
    """A note; for a 応対履歴 also when, how, and with what result."""

    kind = forms.ChoiceField(
        label=gettext_lazy("種類"),
        choices=Note.Kind.choices,
        initial=Note.Kind.MEMO,
        widget=SegmentedSelect,
    )
    at = forms.DateTimeField(
        label=gettext_lazy("日時"), required=False, widget=DateTimeInput
    )
    way = forms.ChoiceField(
        label=gettext_lazy("手段"),
        required=False,
        choices=[("", gettext_lazy("選んでください")), *Note.Way.choices],
    )
    text = forms.CharField(
        label=gettext_lazy("内容"),
        max_length=TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": gettext_lazy(
                "内容が入力されていません。メモの内容を入力してください。"
            )
        },
    )
    result = forms.CharField(
        label=gettext_lazy("結果"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("例：折り返し連絡を希望、解約を取りやめ"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].initial = timezone.localtime().replace(
            second=0, microsecond=0
        )

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\0", "")

    def clean(self) -> dict[str, Any]:
        """Drop way and result of a memo, whatever stood in the fields before the kind was changed."""
        cleaned = super().clean() or {}
        if cleaned.get("kind") == Note.Kind.MEMO:
            return {**cleaned, "way": "", "result": ""}
        if not self.errors and not cleaned.get("way"):
            self.add_error(
                "way",
                ValidationError(
                    _(
                        "手段が選ばれていません。電話やLINEなど、応対した手段を選んでください。"
                    )
                ),
            )
        return cleaned
