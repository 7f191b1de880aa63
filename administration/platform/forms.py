"""The forms of the platform's pages."""

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from administration.platform.support import LONGEST
from tenants.models import Plan


class SupportForm(forms.Form):
    reason = forms.CharField(
        label=_("入る理由"),
        max_length=200,
        help_text=_(
            "ショップのオーナーと監査ログに表示されます。お客様の情報は書かないでください。"
        ),
        widget=forms.TextInput(attrs={"data-width": "full", "autocomplete": "off"}),
    )
    minutes = forms.TypedChoiceField(
        label=_("時間"),
        coerce=int,
        choices=[(15, _("15分")), (30, _("30分")), (LONGEST, _("60分"))],
        initial=30,
    )


class PlanChoiceForm(forms.Form):
    plan = forms.ModelChoiceField(
        label=_("プラン"),
        queryset=Plan.objects.order_by("pk"),
        required=False,
        empty_label=_("上限のないプラン"),
    )


class PlanForm(forms.ModelForm):
    class Meta:
        model = Plan
        fields = ("name", "member_limit", "operator_limit", "counts_contacts")
        help_texts: ClassVar = {
            "member_limit": _("空欄なら、上限はありません。"),
            "operator_limit": _("空欄なら、上限はありません。"),
        }


class DecisionForm(forms.Form):
    answer = forms.CharField(
        label=_("ショップへの返事"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
