"""Hold an address back by hand."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.normalize.emails import normalize_email
from messaging.models import Suppression
from messaging.suppression.manage import find_suppressions


class SuppressionForm(forms.Form):
    mail_address = forms.CharField(
        label=_("メールアドレス"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    note = forms.CharField(
        label=_("メモ"),
        max_length=300,
        required=False,
        help_text=_("止める理由など。オペレーターだけに表示されます。"),
    )

    def clean_mail_address(self) -> str:
        """Return the address as it is kept; refuse what is none, and one that is held by hand already."""
        address = normalize_email(self.cleaned_data["mail_address"])
        if not address:
            raise forms.ValidationError(
                gettext(
                    "メールアドレスとして読み取れません。hanako@example.jpのように入力してください。"
                )
            )
        held = find_suppressions([address])[address]
        if any(each.reason == Suppression.Reason.BY_HAND for each in held):
            raise forms.ValidationError(
                gettext("このメールアドレスへの送信は、すでに手動で止めています。")
            )
        return address
