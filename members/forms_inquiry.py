"""The form of an inquiry, of one member or of many."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import DateInput, Segmented
from members.models import Inquiry
from tenants.models import Operator, Seat


class InquiryForm(forms.Form):
    subject = forms.CharField(label=gettext_lazy("件名"), max_length=100)
    text = forms.CharField(
        label=gettext_lazy("内容"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 5})
    )
    assignee = forms.ChoiceField(label=gettext_lazy("担当者"), required=False)
    mark = forms.ChoiceField(
        label=gettext_lazy("対応マーク"), choices=Inquiry.Mark.choices, initial=Inquiry.Mark.OPEN, widget=Segmented
    )
    due_on = forms.DateField(label=gettext_lazy("期限"), required=False, widget=DateInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seats = Seat.objects.select_related("operator").order_by("operator__name", "pk")
        self.operators: dict[str, Operator] = {seat.operator.login_id: seat.operator for seat in seats}
        named = [(key, operator.name) for key, operator in self.operators.items()]
        self.fields["assignee"].choices = [("", _("決めない")), *named]  # type: ignore[attr-defined]

    @property
    def values(self) -> dict[str, Any]:
        """The columns of the inquiry."""
        names = ("subject", "text", "mark", "due_on")
        return {
            **{name: self.cleaned_data[name] for name in names},
            "assignee": self.operators.get(self.cleaned_data["assignee"]),
        }
