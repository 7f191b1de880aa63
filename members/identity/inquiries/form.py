"""The form of an inquiry, of one member or of many."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import DateInput, SegmentedSelect
from members.identity.inquiries.manage import get_inquiry_version, lock_inquiry
from members.models import Inquiry
from operators.models import Operator, Seat


class InquiryForm(forms.Form):
    subject = forms.CharField(label=gettext_lazy("件名"), max_length=100)
    text = forms.CharField(
        label=gettext_lazy("内容"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    assignee = forms.ChoiceField(label=gettext_lazy("担当者"), required=False)
    mark = forms.ChoiceField(
        label=gettext_lazy("対応マーク"),
        choices=Inquiry.Mark.choices,
        initial=Inquiry.Mark.OPEN,
        widget=SegmentedSelect,
    )
    due_on = forms.DateField(
        label=gettext_lazy("期限"), required=False, widget=DateInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seats = Seat.objects.filter(expires_at=None).select_related("operator")
        seats = seats.order_by("operator__name", "pk")
        self.operators: dict[str, Operator] = {
            seat.operator.login_id: seat.operator for seat in seats
        }
        named = [(key, operator.name) for key, operator in self.operators.items()]
        self.fields["assignee"].choices = [("", _("決めない")), *named]  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(inquiry: Inquiry) -> dict[str, Any]:
        values = {
            name: getattr(inquiry, name)
            for name in ("subject", "text", "mark", "due_on")
        }
        return values | {
            "assignee": inquiry.assignee.login_id if inquiry.assignee else ""
        }

    @property
    def values(self) -> dict[str, Any]:
        """The columns of the inquiry."""
        names = ("subject", "text", "mark", "due_on")
        return {
            **{name: self.cleaned_data[name] for name in names},
            "assignee": self.operators.get(self.cleaned_data["assignee"]),
        }


class ChangeInquiryForm(InquiryForm):
    """The form of an inquiry that exists.

    ``version``: when the inquiry was last changed before the form was opened. What a colleague changed since is shown
    before it is overwritten, and what was typed stays.
    """

    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, inquiry: Inquiry, **kwargs: Any) -> None:
        self.inquiry = inquiry
        initial = {**self.initial_of(inquiry), "version": get_inquiry_version(inquiry)}
        super().__init__(*args, **{**kwargs, "initial": initial})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        now = lock_inquiry(self.inquiry)
        if cleaned.get("version") and cleaned["version"] != get_inquiry_version(now):
            self.data = {**self.data.dict(), "version": get_inquiry_version(now)}  # type: ignore[attr-defined]
            raise ValidationError(self.explain_concurrent_change(cleaned, now))
        return cleaned

    def explain_concurrent_change(self, cleaned: dict[str, Any], now: Inquiry) -> str:
        theirs = {
            **self.initial_of(now),
            "assignee": now.assignee.name if now.assignee else _("決めない"),
        }
        typed = {
            **cleaned,
            "assignee": getattr(
                self.operators.get(cleaned.get("assignee", "")), "name", _("決めない")
            ),
        }
        theirs["mark"] = now.get_mark_display()
        typed["mark"] = dict(Inquiry.Mark.choices).get(cleaned.get("mark", ""), "")
        lines = [
            _("%(label)s「%(value)s」")
            % {"label": self.fields[name].label, "value": value or _("（空欄）")}
            for name, value in theirs.items()
            if value != typed.get(name)
        ]
        words = _(
            "編集している間に、ほかの人がこのお問い合わせを変えました。いまの値：%(values)s。入力した内容は残っています。確かめて、よければもう一度保存してください。"
        )
        return words % {"values": _("、").join(lines) or _("入力した内容と同じ")}
