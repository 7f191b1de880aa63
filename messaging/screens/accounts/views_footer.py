"""送信者の表示: what stands at the end of every advertising mail."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from messaging.content.footer import find_footer
from messaging.models import MailFooter
from operators import audit
from operators.rights import ShopRequest, require_right
from operators.roles import CONNECT


class FooterForm(forms.ModelForm):
    class Meta:
        model = MailFooter
        fields = ("name", "postal_address", "contact")


@transaction.atomic
def save_footer(footer: MailFooter) -> None:
    footer.save()
    audit.record_action("mailfooter.changed", footer)


@require_right(CONNECT)
def mail_footer(request: ShopRequest) -> HttpResponse:
    footer = find_footer() or MailFooter()
    form = FooterForm(request.POST or None, instance=footer)
    if form.is_valid():
        save_footer(form.save(commit=False))
        messages.success(request, _("送信者の表示を保存しました。"))
        return redirect("messaging:mail_accounts")
    return render(
        request,
        "messaging/accounts/footer.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )
