"""メールアドレス: typed once, or twice where the form asks for a confirmation."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import Switch
from forms_builder.questions.base import FieldKind, NoSettings, Value, mask_contact
from forms_builder.questions.question import Question
from members.models import Member
from members.normalize.emails import clean_email, normalize_email


class EmailSettings(NoSettings):
    confirm = forms.BooleanField(
        label=gettext_lazy("確認のため2回入力してもらう"),
        required=False,
        widget=Switch,
    )


class EmailKind(FieldKind):
    label = gettext_lazy("メールアドレス")
    icon = "mail"
    help = gettext_lazy("例：hanako@example.jp")
    once = True
    item = "email"
    longest = 254
    attrs = {
        "type": "email",
        "inputmode": "email",
        "autocomplete": "email",
        "autocapitalize": "none",
    }
    settings_form = EmailSettings

    def build_inputs(
        self, question: Question, is_required: bool
    ) -> dict[str, forms.Field]:
        found = super().build_inputs(question, is_required)
        if question.settings.get("confirm"):
            found["again"] = self.build_line(
                question,
                is_required=False,
                label=_("メールアドレス（確認）"),
                help_text=_("同じメールアドレスをもう一度入力してください。"),
            )
        return found

    def clean(self, question: Question, typed: Mapping[str, Any]) -> list[Value]:
        address = clean_email(str(typed[""]))
        again = str(typed.get("again", ""))
        same = normalize_email(again) == normalize_email(address)
        if question.settings.get("confirm") and address and not same:
            words = _(
                "2つのメールアドレスが一致しません。両方を確かめて、入力し直してください。"
            )
            raise ValidationError({"again": words})
        return [Value(address)] if address else []

    def mask(self, text: str) -> str:
        return mask_contact(text)

    def show_known(self, member: Member) -> str:
        return mask_contact(member.email)
