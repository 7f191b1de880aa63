"""メールアドレスの重複: the shop's rule, what a change of it does, and who shares an address."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from members.extension import extensions
from members.identity.shared_emails import (
    Rule,
    list_shared_emails,
    load_email_rule,
    set_email_rule,
)
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT, SETTINGS

SHOWN = 50


class EmailRuleForm(forms.Form):
    """The rule; another one is saved once what it changes was seen."""

    rule = forms.ChoiceField(
        label=gettext_lazy("同じメールアドレスの会員"),
        choices=Rule.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "「許可しない」では、会員の追加・編集・取り込みで、ほかの会員のメールアドレスを登録できません。"
            "「退会のみ重複可」では、カートを退会した会員を数えません。"
            "フォームの回答はいつでも受け付け、重複した会員を下の一覧に出します。"
        ),
    )


@require_right(SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def shared_emails(request: ShopRequest) -> HttpResponse:
    now = load_email_rule()
    form = EmailRuleForm(request.POST or None, initial={"rule": now})
    change: dict[str, Any] | None = None
    if request.method == "POST" and form.is_valid():
        rule = form.cleaned_data["rule"]
        if rule == now:
            messages.info(request, _("変更はありません。"))
            return redirect("members:shared_emails")
        if "confirm" in request.POST:
            set_email_rule(rule)
            messages.success(request, _("メールアドレスの重複の設定を保存しました。"))
            return redirect("members:shared_emails")
        change = describe_rule_change(rule)
    shown = change["rule"] if change else now
    shared, total = list_shared_emails(shown, SHOWN)
    context = {
        "form": form,
        "now": now,
        "change": change,
        "shared": shared,
        "total": total,
        "waiting": total if shown != Rule.ALLOW else 0,
        "may_merge": request.seat.can(EDIT),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "members/emails/emails.html", context, status=status)


def describe_rule_change(rule: str) -> dict[str, Any]:
    """Return what another rule would do, as each app says of its effect."""
    lines = [
        line
        for each in extensions.values()
        for describe in each.email_rule_effects
        for line in describe(rule)
    ]
    return {"rule": rule, "label": Rule(rule).label, "lines": lines}
