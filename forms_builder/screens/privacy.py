"""設定 › 個人情報の利用目的: what every public form says about the data that it asks for."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from forms_builder.models import PrivacyNotice
from forms_builder.screens.forms import build_text_field, clean_https_url
from operators import audit
from operators.rights import ShopRequest, require_right
from operators.roles import SETTINGS


class PrivacyForm(forms.Form):
    purpose = build_text_field(
        gettext_lazy("個人情報の利用目的"),
        2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "例：ご本人の確認、ご注文・お届けに関するご連絡、お問い合わせへの回答のために利用します。"
        ),
    )
    policy_url = build_text_field(
        gettext_lazy("プライバシーポリシーのURL"),
        500,
        required=False,
        help_text=gettext_lazy("https:// で始まるURLを入力してください。"),
    )

    def clean_policy_url(self) -> str:
        return clean_https_url(self.cleaned_data["policy_url"])


@transaction.atomic
def save_privacy_notice(values: dict[str, Any]) -> None:
    """Store the shop's notice; open forms show it at once."""
    notice = PrivacyNotice.load()
    notice.purpose, notice.policy_url = values["purpose"], values["policy_url"]
    notice.save()
    audit.record_action("form.privacy_changed", notice)


@require_right(SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_privacy_notice(request: ShopRequest) -> HttpResponse:
    stored = PrivacyNotice.load()
    initial = {"purpose": stored.purpose, "policy_url": stored.policy_url}
    typed = PrivacyForm(request.POST or None, initial=initial)
    if request.method == "POST" and typed.is_valid():
        save_privacy_notice(typed.cleaned_data)
        messages.success(request, _("個人情報の利用目的を保存しました。"))
        return redirect("forms_builder:privacy")
    status = 422 if typed.is_bound else 200
    context = {"form": typed, "notice": stored}
    return render(request, "forms_builder/screens/privacy.html", context, status=status)
