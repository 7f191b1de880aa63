"""The mail that a form sends to who answered it: its texts, and the shop's help-desk inbox."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from console.forms import Switch
from forms_builder.mail.book import has_account
from forms_builder.mail.fields import (
    GREETING,
    NAME,
    list_field_names,
    list_unknown_fields,
)
from forms_builder.models import Form, FormMail, HelpDeskInbox
from forms_builder.screens.forms import build_text_field
from forms_builder.screens.preview_model import list_questions
from forms_builder.screens.views import get_form_or_404
from members.normalize.emails import clean_email
from operators import audit
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT, SETTINGS

TEXTS = ("subject", "text", "mobile")


class MailForm(forms.Form):
    """The mail and, for the whole shop, the address of its help desk."""

    is_on = forms.BooleanField(
        label=gettext_lazy("自動返信メールを送る"), required=False, widget=Switch
    )
    subject = build_text_field(gettext_lazy("件名"), 200)
    text = build_text_field(
        gettext_lazy("本文"), 5000, widget=forms.Textarea(attrs={"rows": 12})
    )
    mobile = build_text_field(
        gettext_lazy("携帯電話向けの本文"),
        2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "docomo・au・SoftBankなどのアドレスに送ります。空欄なら、上の本文を送ります。"
        ),
    )
    copies = forms.BooleanField(
        label=gettext_lazy("ヘルプデスクにも送る"),
        required=False,
        widget=Switch,
        help_text=gettext_lazy(
            "同じメールをヘルプデスクにも送ります。返信先は、お客様のメールアドレスです。"
        ),
    )
    inbox = build_text_field(
        gettext_lazy("ヘルプデスクの受信アドレス"),
        254,
        required=False,
        help_text=gettext_lazy(
            "ショップに1つだけの設定です。すべてのフォームで使います。"
        ),
    )

    def __init__(
        self, form: Form, *args: Any, may_set_inbox: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not may_set_inbox:
            self.fields["inbox"].disabled = True
            self.fields["inbox"].help_text = _(
                "ショップに1つだけの設定です。変更できるのは、「ショップの設定」の権限がある方だけです。"
            )
        self.names = list_field_names(list_questions(form))
        self.asks_address = any(each.kind == "email" for each in list_questions(form))

    def clean_inbox(self) -> str:
        return clean_email(self.cleaned_data["inbox"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in TEXTS:
            unknown = list_unknown_fields(cleaned.get(name, ""), self.names)
            if unknown:
                given = "、".join(f"{{{each}}}" for each in unknown)
                words = _(
                    "差し込み項目%(given)sは、このフォームにありません。下の一覧の項目に直してください。"
                )
                self.add_error(name, words % {"given": given})
        if (
            cleaned.get("copies")
            and not cleaned.get("inbox")
            and "inbox" not in self.errors
        ):
            words = (
                _(
                    "ヘルプデスクの受信アドレスが登録されていません。「ショップの設定」の権限がある方に、登録を依頼してください。"
                )
                if self.fields["inbox"].disabled
                else _(
                    "ヘルプデスクの受信アドレスが入力されていません。入力してください。"
                )
            )
            self.add_error("inbox", words)
        if cleaned.get("is_on") and not self.asks_address:
            raise ValidationError(
                _(
                    "このフォームにメールアドレスの項目がないため、お客様へ送れません。項目を追加してください。"
                )
            )
        return cleaned


def build_initial(form: Form) -> dict[str, Any]:
    """Return what the inputs show: what is stored, else texts to begin with."""
    mail = FormMail.objects.filter(form=form).first()
    inbox = {"inbox": HelpDeskInbox.load().address}
    if mail:
        stored = {name: getattr(mail, name) for name in (*TEXTS, "is_on", "copies")}
        return stored | inbox
    name = GREETING if form.fields.filter(label=NAME).exists() else ""
    text = _(
        "%(name)sお問い合わせいただき、ありがとうございます。\n次の内容で受け付けました。\n\n{回答内容}\n\n受付日時：{受付日時}\n"
    )
    return inbox | {
        "subject": _("【%(shop)s】{フォーム名}を受け付けました")
        % {"shop": form.tenant.name},
        "text": text % {"name": name},
    }


@transaction.atomic
def save_form_mail(form: Form, values: dict[str, Any]) -> None:
    """Store the mail of the form, and the inbox of the shop."""
    stored = {name: values[name] for name in (*TEXTS, "is_on", "copies")}
    mail, _made = FormMail.objects.update_or_create(form=form, defaults=stored)
    inbox = HelpDeskInbox.load()
    if inbox.address != values["inbox"]:
        inbox.address = values["inbox"]
        inbox.save()
        audit.record_action("helpdesk.changed", inbox, fields=["inbox_address"])
    audit.record_action("form.mail_changed", form, on=mail.is_on, copies=mail.copies)


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_mail(request: ShopRequest, public_id: str) -> HttpResponse:
    shown = get_form_or_404(public_id)
    typed = MailForm(
        shown,
        request.POST or None,
        initial=build_initial(shown),
        may_set_inbox=request.seat.can(SETTINGS),
    )
    if request.method == "POST" and typed.is_valid():
        save_form_mail(shown, typed.cleaned_data)
        messages.success(request, _("自動返信メールを保存しました。"))
        return redirect("forms_builder:form", shown.public_id)
    context = {"form": shown, "typed": typed, "has_account": has_account()}
    status = 422 if typed.is_bound else 200
    return render(request, "forms_builder/screens/mail.html", context, status=status)
