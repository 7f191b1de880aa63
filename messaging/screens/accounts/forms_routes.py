"""The forms of 送信元の振り分け."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from messaging.accounts.mail_rules import MOST_ROUTES, clean_domain, count_routes
from messaging.models import MailAccount


class AccountChoice(forms.Form):
    """One of the shop's mail accounts, by its public id."""

    account = forms.ChoiceField(
        label=_("メールアカウント"), widget=forms.Select(attrs={"data-width": "l"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = {
            account.public_id: account
            for account in MailAccount.objects.order_by("name", "pk")
        }
        choice: Any = self.fields["account"]
        choice.choices = [
            (key, f"{account.name}（{account.from_email}）")
            for key, account in self.accounts.items()
        ]

    @property
    def chosen(self) -> MailAccount:
        return self.accounts[self.cleaned_data["account"]]


class RouteForm(AccountChoice):
    """A new rule, or another account for the rule of a domain that is there."""

    domain = forms.CharField(
        label=_("宛先のドメイン"),
        max_length=254,
        widget=forms.TextInput(attrs={"data-width": "l", "autocapitalize": "none"}),
        help_text=_(
            "「@」より後ろです。例：docomo.ne.jp　その下のドメイン（mail.docomo.ne.jpなど）にも使います。"
        ),
    )
    field_order = ("domain", "account")

    def clean_domain(self) -> str:
        domain = clean_domain(self.cleaned_data["domain"])
        if count_routes(but=domain) >= MOST_ROUTES:
            raise forms.ValidationError(
                _(
                    "振り分けは100件までです。使っていない振り分けを削除してから、追加してください。"
                )
            )
        return domain


class TryForm(forms.Form):
    """An address to ask the rules about; it is posted, for no address may stand in a URL."""

    address = forms.CharField(
        label=_("宛先のメールアドレス"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"data-width": "l", "inputmode": "email", "autocapitalize": "none"}
        ),
    )
