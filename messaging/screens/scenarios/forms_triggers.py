"""The form of one trigger: what it is about, and for a date how many days before or after."""

from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from console.forms import SegmentedSelect
from messaging.triggers.base import TriggerKind

MOST_DAYS = 365
SUBJECTS = {"tag": _("タグ"), "attribute": _("会員情報項目"), "ref": _("対象")}


class TriggerForm(forms.Form):
    """Fields of the kind that was chosen before."""

    subject = forms.ChoiceField(
        widget=forms.Select(attrs={"data-width": "l"}), required=False
    )
    days = forms.IntegerField(
        label=_("日数"),
        min_value=0,
        max_value=MOST_DAYS,
        initial=0,
        widget=forms.NumberInput(attrs={"data-width": "xs"}),
    )
    side = forms.ChoiceField(
        label=_("前か後か"),
        choices=[("before", pgettext_lazy("date", "日前")), ("after", _("日後"))],
        initial="before",
        widget=SegmentedSelect,
        help_text=_("0日なら当日です。夜中に確かめ、翌日以降の日付から始まります。"),
    )

    def __init__(self, *args: Any, kind: TriggerKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        subject: Any = self.fields["subject"]
        if kind.subject:
            subject.label = SUBJECTS[kind.subject]
            first = kind.any_label or gettext("選んでください")
            subject.choices = [("", first), *kind.list_subjects()]
        else:
            del self.fields["subject"]
        if not kind.is_date:
            del self.fields["days"], self.fields["side"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        lacks = self.kind.needs_subject and not cleaned.get("subject")
        if lacks and "subject" not in self.errors:
            self.add_error(
                "subject", gettext("対象が選ばれていません。1つ選んでください。")
            )
        return cleaned

    @property
    def signed_days(self) -> int:
        """The days after the date; negative before it."""
        days = self.cleaned_data.get("days") or 0
        return -days if self.cleaned_data.get("side") == "before" else days
