"""The settings of a LINE official account."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.forms import Need, SegmentedSelect, Switch, mark_needs
from messaging.models import LineAccount
from tenants.secrets import check_sendable

SECRET = {"autocomplete": "off", "spellcheck": "false", "data-width": "l"}


class AccountForm(forms.Form):
    """A LINE official account. Secrets go in and never come out: an empty field leaves what is stored."""

    name = forms.CharField(
        label=_("アカウント名"),
        max_length=60,
        help_text=_("この画面で見分けるための名前です。"),
    )
    basic_id = forms.CharField(
        label=_("ベーシックID"),
        max_length=40,
        required=False,
        help_text=_("@から始まるIDです。例：@sakura-shop"),
    )
    channel_id = forms.RegexField(
        r"^\s*\d{1,20}\s*$",
        label=_("チャネルID（Messaging API）"),
        max_length=40,
        help_text=_("LINE Developersの「チャネル基本設定」にある数字です。"),
        error_messages={
            "invalid": _(
                "チャネルIDは数字です。LINE Developersの画面からコピーしてください。"
            )
        },
    )
    channel_secret = forms.CharField(
        label=_("チャネルシークレット"),
        max_length=100,
        required=False,
        widget=forms.PasswordInput(attrs=SECRET),
    )
    access_token = forms.CharField(
        label=_("チャネルアクセストークン"),
        max_length=400,
        required=False,
        widget=forms.PasswordInput(attrs=SECRET),
        validators=[check_sendable],
    )
    drop_token = forms.BooleanField(
        label=_("保存したトークンを消し、自動で発行する"), required=False
    )
    login_channel_id = forms.RegexField(
        r"^\s*\d{1,20}\s*$",
        label=_("チャネルID（LINEログイン）"),
        max_length=40,
        help_text=_(
            "Messaging APIのチャネルと同じプロバイダーの、LINEログインのチャネルを指定してください。"
        ),
        error_messages={
            "invalid": _(
                "チャネルIDは数字です。LINE Developersの画面からコピーしてください。"
            )
        },
    )
    liff_kind = forms.ChoiceField(
        label=_("LIFFアプリを追加したチャネル"),
        choices=LineAccount.LiffKind.choices,
        initial=LineAccount.LiffKind.LOGIN,
        required=False,
        widget=SegmentedSelect,
        help_text=_(
            "LINEは、LIFFアプリを別の種類のチャネルへ移せません。登録したあとは変更できません。"
        ),
    )
    liff_id = forms.RegexField(
        r"^\s*\d{1,20}-\w{1,20}\s*$",
        label=_("LIFF ID"),
        max_length=60,
        help_text=_(
            "LINEログインのチャネルに追加したLIFFアプリのIDです。例：2001234567-AbCdEfGh"
        ),
        error_messages={
            "invalid": _(
                "LIFF IDは「数字-英数字」の形です。URLではなく、IDだけを入力してください。"
            )
        },
    )
    is_active = forms.BooleanField(
        label=_("有効"),
        required=False,
        initial=True,
        widget=Switch,
        help_text=_(
            "無効にすると、このアカウントからの配信が止まります。設定は残ります。"
        ),
    )

    def __init__(
        self, *args: Any, account: LineAccount | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.fields["liff_kind"].disabled = account is not None
        mark_needs(self, liff_kind=Need.REQUIRED)
        self.fields["channel_secret"].required = account is None
        kept = gettext("保存済みです（末尾%(end)s）。変えるときだけ入力してください。")
        secret = (
            kept % {"end": account.channel_secret[-4:]}
            if account
            else gettext("「チャネル基本設定」にあります。")
        )
        self.fields["channel_secret"].help_text = secret
        token = gettext(
            "空欄のままでも使えます。その場合は、チャネルIDとシークレットから短期間のトークンを自動で発行します。"
        )
        if account and account.access_token:
            token = kept % {"end": account.access_token[-4:]}
        else:
            del self.fields["drop_token"]
        self.fields["access_token"].help_text = token

    def clean_liff_kind(self) -> str:
        return str(self.cleaned_data["liff_kind"] or LineAccount.LiffKind.LOGIN)

    def clean_channel_id(self) -> str:
        channel_id = str(self.cleaned_data["channel_id"]).strip()
        others = LineAccount.objects.filter(channel_id=channel_id)
        if self.account:
            others = others.exclude(pk=self.account.pk)
        if other := others.first():
            message = gettext(
                "このチャネルIDは「%(name)s」に登録されています。そちらを編集してください。"
            )
            raise ValidationError(message % {"name": other.name})
        return channel_id

    def fill(self, account: LineAccount) -> LineAccount:
        account.liff_kind = self.cleaned_data["liff_kind"]
        for name in ("name", "basic_id", "channel_id", "login_channel_id", "liff_id"):
            setattr(account, name, self.cleaned_data[name].strip())
        for name in ("channel_secret", "access_token"):
            if given := self.cleaned_data[name].strip():
                setattr(account, name, given)
        if (
            self.cleaned_data.get("drop_token")
            and not self.cleaned_data["access_token"]
        ):
            account.access_token = ""
        account.is_active = self.cleaned_data["is_active"]
        return account

    @staticmethod
    def initial_of(account: LineAccount) -> dict[str, Any]:
        names = (
            "name",
            "basic_id",
            "channel_id",
            "login_channel_id",
            "liff_kind",
            "liff_id",
            "is_active",
        )
        return {name: getattr(account, name) for name in names}
