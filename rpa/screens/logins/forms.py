"""With which login the robot uses a cart's admin site."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cartsync.connectors.forms import SecretTextField, clean_origin
from console.forms import Switch
from rpa.models import RobotLogin
from rpa.recipes.kinds import list_recipes

KEPT = _("保存した値は表示しません。変えるときだけ入れてください。")


class LoginForm(forms.Form):
    """``stored``: the login that is there, whose secrets stay where nothing is typed."""

    recipe = forms.ChoiceField(label=_("管理画面の種類"))
    url = forms.URLField(
        label=_("管理画面のURL"),
        max_length=200,
        assume_scheme="https",
        help_text=_("管理画面のドメインです。例：https://shop.example.jp"),
    )
    login = forms.CharField(
        label=_("ログインID"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-width": "m"}),
        help_text=_("ロボット専用のログインを、カートの管理画面で作ってください。"),
    )
    password = SecretTextField(label=_("パスワード"), validators=[], help_text=KEPT)
    totp_secret = SecretTextField(
        label=_("認証アプリの鍵"),
        help_text=_(
            "2段階認証を使うときに、QRコードの代わりに表示される英数字の鍵です。保存した値は表示しません。空欄のときは、保存した鍵を使います。"
        ),
    )
    is_on = forms.BooleanField(
        label=_("このカートの申請を、管理画面で実行する"),
        required=False,
        widget=Switch,
        help_text=_("オフのときは、カートのAPIで実行します。"),
    )

    def __init__(
        self, *args: Any, stored: RobotLogin | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.stored = stored
        self.fields["recipe"].choices = list_recipes()  # type: ignore[attr-defined]

    def clean_url(self) -> str:
        return clean_origin(self.cleaned_data["url"])

    def clean_totp_secret(self) -> str:
        """Return the secret without the blanks in which it is shown; refuse what is none."""
        text: str = self.cleaned_data["totp_secret"].replace(" ", "").upper()
        if text and not set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567="):
            raise forms.ValidationError(
                gettext(
                    "認証アプリの鍵として読み取れません。英字と2〜7の数字だけの鍵を貼り付けてください。"
                )
            )
        return text

    def clean(self) -> dict[str, Any]:
        """Ask for the password again where the address changes: a stored secret goes where it was meant for."""
        cleaned = super().clean() or {}
        moved = self.stored is None or cleaned.get("url") != self.stored.url
        if moved and "url" in cleaned and not cleaned.get("password"):
            self.add_error(
                "password",
                gettext(
                    "パスワードが入力されていません。URLを変えるときと、初めて保存するときは入れてください。"
                ),
            )
        return cleaned

    @property
    def secrets(self) -> dict[str, str]:
        given = self.cleaned_data
        return {
            "login": given["login"],
            "password": given["password"],
            "totp": given["totp_secret"],
        }

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("recipe", "url", "is_on")}


def build_initial(stored: RobotLogin | None) -> dict[str, Any]:
    if stored is None:
        return {"is_on": True}
    names = ("recipe", "url", "is_on")
    login = stored.secrets.get("login", "")
    return {name: getattr(stored, name) for name in names} | {"login": login}
