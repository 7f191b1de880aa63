"""The forms of オペレーター: who is invited, with which role and single rights; and of those who join."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from operators.models import Operator, Seat
from operators.roles import MANAGES, RIGHT_LABELS, SINGLE_RIGHTS, Role

LONG = {"data-width": "l"}
BY_ROLE, GIVEN, REFUSED = "", "on", "off"
CHOICES = (
    (BY_ROLE, gettext_lazy("役割どおり")),
    (GIVEN, gettext_lazy("許可する")),
    (REFUSED, gettext_lazy("許可しない")),
)


class SeatForm(forms.Form):
    """A role, and for each single right whether it differs from the role's."""

    role = forms.ChoiceField(
        label=gettext_lazy("役割"), widget=forms.RadioSelect, choices=()
    )
    groups = (
        (
            gettext_lazy("個別の権限"),
            tuple(f"right_{right}" for right in SINGLE_RIGHTS),
        ),
    )

    def __init__(
        self, *args: Any, by: Seat, seat: Seat | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        role: Any = self.fields["role"]
        role.choices = [
            (each.value, each.label)
            for each in Role
            if each in MANAGES.get(Role(by.role), ())
        ]
        role.initial = seat.role if seat else Role.STAFF
        chosen = seat.rights if seat else {}
        for right in SINGLE_RIGHTS:
            value = chosen.get(right)
            self.fields[f"right_{right}"] = forms.ChoiceField(
                label=RIGHT_LABELS[right],
                choices=CHOICES,
                required=False,
                initial=BY_ROLE if value is None else GIVEN if value else REFUSED,
            )

    @property
    def role_chosen(self) -> Role:
        return Role(self.cleaned_data["role"])

    @property
    def rights_chosen(self) -> dict[str, bool]:
        """The single rights that were said; the others follow the role."""
        said = {right: self.cleaned_data[f"right_{right}"] for right in SINGLE_RIGHTS}
        return {right: value == GIVEN for right, value in said.items() if value}


class InvitationForm(SeatForm):
    name = forms.CharField(
        label=gettext_lazy("氏名"), max_length=100, widget=forms.TextInput(attrs=LONG)
    )
    email = forms.EmailField(
        label=gettext_lazy("メールアドレス"),
        required=False,
        help_text=gettext_lazy(
            "入力すると招待メールを送ります。空欄のときは、画面に表示される招待コードを本人に渡してください。"
        ),
    )
    field_order = ("name", "email", "role")


class LoginForm(forms.Form):
    """How an operator is called, and what they log in with."""

    name = forms.CharField(
        label=gettext_lazy("氏名"), max_length=100, widget=forms.TextInput(attrs=LONG)
    )
    login_id = forms.RegexField(
        r"^[A-Za-z0-9._-]+$",
        label=gettext_lazy("ログインID"),
        min_length=3,
        max_length=60,
        help_text=gettext_lazy("3文字以上の半角英数字と . _ - が使えます。"),
        error_messages={
            "invalid": gettext_lazy(
                "使えない文字があります。半角英数字と . _ - だけを使ってください。"
            )
        },
        widget=forms.TextInput(attrs={"autocomplete": "username", **LONG}),
    )


class NewPasswordForm(forms.Form):
    password1 = forms.CharField(
        label=gettext_lazy("新しいパスワード（12文字以上）"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", **LONG}),
    )
    password2 = forms.CharField(
        label=gettext_lazy("新しいパスワード（確認）"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", **LONG}),
    )

    def clean_password1(self) -> str:
        password: str = self.cleaned_data["password1"]
        validate_password(password, Operator())
        return password

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "password1" in values and values["password1"] != values.get("password2"):
            self.add_error(
                "password2",
                ValidationError(
                    _(
                        "確認のパスワードが違います。同じパスワードを2回入力してください。"
                    )
                ),
            )
        return values


class JoinForm(NewPasswordForm, LoginForm):
    field_order = ("name", "login_id", "password1", "password2")


class CodeForm(forms.Form):
    shop = forms.CharField(
        label=gettext_lazy("ショップID"),
        max_length=40,
        widget=forms.TextInput(attrs=LONG),
    )
    code = forms.CharField(
        label=gettext_lazy("コード"),
        max_length=40,
        help_text=gettext_lazy(
            "受け取った16文字のコードです。ハイフンはなくてもかまいません。"
        ),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", **LONG}),
    )
