"""The forms of アカウント: the own email."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from operators.models import Operator


class EmailForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("新しいメールアドレス"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "data-width": "l"}),
    )

    def __init__(self, *args: Any, operator: Operator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.operator = operator

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email.lower() == self.operator.email.lower():
            raise ValidationError(
                _(
                    "いまのメールアドレスと同じです。別のメールアドレスを入力してください。"
                )
            )
        return email
