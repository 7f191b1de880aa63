"""The settings of a mail account."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.forms import SegmentedSelect, Switch
from messaging.models import MailAccount
from messaging.screens.accounts.forms import SECRET
from outbound.concurrency import hold_place_to_check
from outbound.errors import FixSettings, TryLater
from outbound.mail_hosts import SENDING_PORTS, resolve_mail_host

HOST = RegexValidator(
    r"^[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?$",
    _("サーバー名だけを入力してください。例：smtp.example.jp"),
)
HOST_ERRORS = {
    "port": _("ポートは465か587です。"),
    "private_host": _(
        "このサーバーには接続できません。インターネットに公開されたSMTPサーバーの名前を入力してください。"
    ),
    "unknown_host": _(
        "このサーバーが見つかりません。メールサービスの案内にあるSMTPサーバーの名前を入力してください。"
    ),
}
PLAIN = (
    "kind", "name", "host", "port", "security", "username", "from_email", "from_name", "per_minute", "is_active",
)  # fmt: skip
LOOK_UP_SECONDS = 3.0


class MailAccountForm(forms.Form):
    """A mail account. The password goes in and never comes out: an empty field leaves what is stored."""

    kind = forms.ChoiceField(
        label=_("種類"),
        choices=MailAccount.Kind.choices,
        initial=MailAccount.Kind.OWN,
        required=False,
        widget=SegmentedSelect,
        help_text=_(
            "楽天市場の購入者のアドレスには、楽天あんしんメルアドのアカウントから送ります。"
        ),
    )
    name = forms.CharField(
        label=_("アカウント名"),
        max_length=60,
        help_text=_("この画面で見分けるための名前です。"),
    )
    from_email = forms.EmailField(
        label=_("差出人のメールアドレス"),
        help_text=_("お客さまに表示され、返信の宛先になります。"),
    )
    from_registered = forms.BooleanField(
        label=_("上のアドレスを、楽天の店舗連絡先メールアドレスに登録済み"),
        required=False,
        help_text=_(
            "種類が楽天あんしんメルアドのときだけ必要です。RMSの「店舗詳細情報」で確かめてください。登録のないアドレスから送ると、楽天が受け付けません。"
        ),
    )
    from_name = forms.CharField(
        label=_("差出人の名前"),
        max_length=60,
        required=False,
        help_text=_("空欄の場合は、メールアドレスだけが表示されます。"),
    )
    host = forms.CharField(
        label=_("SMTPサーバー"),
        max_length=253,
        validators=[HOST],
        help_text=_("例：smtp.example.jp"),
    )
    security = forms.ChoiceField(
        label=_("暗号化"), choices=MailAccount.Security.choices[:2]
    )
    port = forms.IntegerField(
        label=_("ポート"),
        min_value=1,
        max_value=65535,
        initial=587,
        help_text=_("SSL/TLSは465、STARTTLSは587です。"),
    )
    username = forms.CharField(label=_("ログインID"), max_length=254, required=False)
    password = forms.CharField(
        label=_("パスワード"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs=SECRET),
    )
    per_minute = forms.IntegerField(
        label=_("1分あたりの送信数"),
        min_value=1,
        max_value=60_000,
        initial=300,
        help_text=_("メールサービスの上限より少なくしてください。"),
    )
    is_active = forms.BooleanField(
        label=_("有効"),
        required=False,
        initial=True,
        widget=Switch,
        help_text=_(
            "無効にすると、このアカウントからの送信が止まります。設定は残ります。"
        ),
    )

    def __init__(
        self, *args: Any, account: MailAccount | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        if settings.MAIL_PRIVATE_HOSTS:
            security: Any = self.fields["security"]
            security.choices = MailAccount.Security.choices
        if account and account.password:
            self.fields["password"].help_text = gettext(
                "保存済みです。変えるときだけ入力してください。"
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kept = self.account and self.account.password and not data.get("password")
        if kept and self.account and data.get("host") != self.account.host:
            # Else whoever may edit this page could have the stored password sent to a server of their own.
            self.add_error(
                "password",
                _("SMTPサーバーを変えるときは、パスワードを入力し直してください。"),
            )
        data["kind"] = data.get("kind") or MailAccount.Kind.OWN.value
        is_rakuten = data.get("kind") == MailAccount.Kind.RAKUTEN
        if is_rakuten and not data.get("from_registered"):
            self.add_error(
                "from_registered",
                _(
                    "楽天に登録したアドレスからだけ送れます。登録を確かめて、チェックを入れてください。"
                ),
            )
        wanted = {"tls": 465, "starttls": 587}.get(data.get("security", ""))
        port = data.get("port")
        if wanted and port in SENDING_PORTS and port != wanted:
            message = gettext("この暗号化のポートは%(port)sです。")
            self.add_error("port", message % {"port": wanted})
        if data.get("host") and port and not self.errors:
            self._check_host(data["host"], port)
        return data

    def _check_host(self, host: str, port: int) -> None:
        """Refuse a server that nobody may connect to; one that cannot be looked up now is tried by each sending.

        A name that is slow to look up holds neither the request's transaction nor more than one of the shop's threads.
        """
        try:
            with hold_place_to_check():
                resolve_mail_host(host, port, SENDING_PORTS, LOOK_UP_SECONDS)
        except FixSettings as error:
            where = "port" if error.code == "port" else "host"
            self.add_error(where, ValidationError(HOST_ERRORS[error.code]))
        except TryLater:
            return

    def fill(self, account: MailAccount) -> MailAccount:
        for name in PLAIN:
            setattr(account, name, self.cleaned_data[name])
        if self.cleaned_data["password"]:
            account.password = self.cleaned_data["password"]
        return account

    @staticmethod
    def initial_of(account: MailAccount) -> dict[str, Any]:
        values = {name: getattr(account, name) for name in PLAIN}
        return {**values, "from_registered": account.is_rakuten}


# What a new account begins with, by ?ready=; server and login stand in R-Login.
READY = {
    "rakuten": {
        "kind": MailAccount.Kind.RAKUTEN,
        "name": MailAccount.Kind.RAKUTEN.label,
        "port": 587,
        "security": MailAccount.Security.STARTTLS,
    }
}
