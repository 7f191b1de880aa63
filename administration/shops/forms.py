"""The forms of a further shop and of the application for formal use."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from administration.models import Application
from administration.shops.erase import ERASED
from tenants.models import Plan

SLUG = re.compile(r"[a-z0-9](?:-?[a-z0-9])*")


class ShopForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("ショップ名"),
        max_length=100,
        widget=forms.TextInput(attrs={"data-width": "l", "autocomplete": "off"}),
    )
    slug = forms.CharField(
        label=gettext_lazy("ショップID"),
        min_length=3,
        max_length=40,
        help_text=gettext_lazy(
            "管理画面とフォームのURLに入ります。半角の英小文字・数字・ハイフン、3～40文字。後から変更できません。"
        ),
        widget=forms.TextInput(
            attrs={"data-width": "m", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def clean_slug(self) -> str:
        slug = unicodedata.normalize("NFKC", self.cleaned_data["slug"]).lower()
        if not SLUG.fullmatch(slug):
            raise ValidationError(
                _(
                    "使えない文字があります。半角の英小文字・数字と、間のハイフンだけで入力してください。"
                )
            )
        if slug.startswith(ERASED):
            raise ValidationError(
                _("このショップIDは使われています。別のショップIDを入力してください。")
            )
        return slug


def describe_plan(plan: Plan) -> str:
    """Say what the plan keeps: 「スタンダード（会員30,000名・オペレーター10名まで）」."""
    if plan.member_limit is None and plan.operator_limit is None:
        return _("%(plan)s（会員数・オペレーター数の上限なし）") % {"plan": plan.name}
    limits = [
        _("会員%(n)s名") % {"n": f"{plan.member_limit:,}"}
        if plan.member_limit is not None
        else "",
        _("オペレーター%(n)s名") % {"n": f"{plan.operator_limit:,}"}
        if plan.operator_limit is not None
        else "",
    ]
    said = "・".join(each for each in limits if each)
    return _("%(plan)s（%(limits)sまで）") % {"plan": plan.name, "limits": said}


class PlanField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Plan) -> str:
        return describe_plan(obj)


class ApplicationForm(forms.ModelForm):
    plan = PlanField(
        label=gettext_lazy("プラン"),
        queryset=Plan.objects.exclude(code="trial").order_by("pk"),
        empty_label=None,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Application
        fields = ("plan", "company", "contact", "email", "phone", "note")
        widgets = {
            "company": forms.TextInput(
                attrs={"data-width": "l", "autocomplete": "organization"}
            ),
            "contact": forms.TextInput(
                attrs={"data-width": "l", "autocomplete": "name"}
            ),
            "email": forms.EmailInput(
                attrs={"data-width": "l", "autocomplete": "email"}
            ),
            "phone": forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
            "note": forms.Textarea(attrs={"rows": 4}),
        }
