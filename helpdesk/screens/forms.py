"""The values of a help desk as a form."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from forms_builder.models import HelpDeskInbox
from helpdesk.kinds import KINDS
from helpdesk.models import HelpDesk
from helpdesk.values import clean_base, clean_inbox, clean_link_template


class HelpDeskForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("サービス"),
        choices=[(name, kind.label) for name, kind in KINDS.items()],
    )
    test_base = forms.CharField(
        label=_("テスト用接続先URL"),
        required=False,
        help_text=_(
            "アドレスバーのURLを貼り付けてください。例：https://sample.relationapp.jp/"
        ),
    )
    test_inbox = forms.CharField(
        label=_("テスト用受信箱ID"),
        required=False,
        help_text=_(
            "受信箱の「#」の後ろの数字です。受信箱のURLを貼り付けても読み取ります。"
        ),
    )
    live_base = forms.CharField(label=_("接続先URL"), required=False)
    live_inbox = forms.CharField(label=_("受信箱ID"), required=False)
    link_template = forms.CharField(
        label=_("受信箱のURLの形"),
        max_length=300,
        required=False,
        help_text=_(
            "会員のメールアドレスで絞り込んだ受信箱を開き、アドレスバーのURLを、接続先URLは{base}、受信箱IDは{inbox}、メールアドレスは{email}に置き換えて入力してください。{base}だけのときは、受信箱の最初の画面を開きます。"
        ),
    )
    parameter = forms.RegexField(
        label=_("パラメータのキー"),
        regex=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$",
        error_messages={
            "invalid": _(
                "半角の英字で始め、英数字と「_」「-」で40文字までにしてください。"
            )
        },
    )
    inbox_address = forms.EmailField(
        label=_("受信箱のメールアドレス"),
        required=False,
        help_text=_(
            "「ヘルプデスクにも送る」フォームの自動返信が、この受信箱にも届きます。空欄のときは送りません。"
        ),
    )

    def __init__(self, *args: Any, desk: HelpDesk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {
            name: getattr(desk, name) for name in self.fields if name != "inbox_address"
        }
        self.initial["inbox_address"] = HelpDeskInbox.load().address

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        product = KINDS.get(cleaned.get("kind", ""), KINDS["relation"])
        for name in ("test_base", "live_base"):
            self._clean_one(name, lambda text: clean_base(text, product))
        for name in ("test_inbox", "live_inbox"):
            self._clean_one(name, clean_inbox)
        self._clean_one("link_template", clean_link_template)
        return cleaned

    def _clean_one(self, name: str, clean: Any) -> None:
        if name not in self.cleaned_data:
            return
        try:
            self.cleaned_data[name] = clean(self.cleaned_data[name])
        except ValidationError as error:
            self.add_error(name, error)
