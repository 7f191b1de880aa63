"""設定 › 通知: what an operator hears of, by which way; スマホ連携; the shop's quiet hours."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from forms_builder.screens.form_page import draw_qr_code
from messaging.models import LineAccount
from notifications import phones, preferences
from notifications.audience import Audience, find_why_not
from notifications.models import OperatorLine, QuietWindow, Way
from operators.rights import ShopRequest, require_right
from operators.roles import MANAGE, VIEW

LABELS = {
    "bell": gettext_lazy("ベル"),
    "mail": gettext_lazy("メール"),
    "line": gettext_lazy("LINE"),
    "digest": gettext_lazy("まとめる"),
}


class PreferencesForm(forms.Form):
    """One box for each kind and way, named "cart.stopped:mail"."""

    def __init__(self, request: ShopRequest, data: Any = None) -> None:
        super().__init__(data)
        self.kinds = preferences.list_kinds_of_seat(request.seat)
        audience = Audience()
        for kind in self.kinds:
            mine = audience.get_preference(request.user, kind)
            for switch, label in LABELS.items():
                self.fields[f"{kind.name}:{switch}"] = forms.BooleanField(
                    label=f"{kind.label}：{label}",
                    required=False,
                    initial=getattr(mine, switch),
                )

    def list_rows(self) -> list[dict[str, Any]]:
        """Return a row for each kind: its label and its boxes by switch."""
        return [
            {
                "label": kind.label,
                "boxes": [self[f"{kind.name}:{switch}"] for switch in LABELS],
            }
            for kind in self.kinds
        ]

    def get_wanted(self) -> dict[str, dict[str, bool]]:
        return {
            kind.name: {
                switch: self.cleaned_data[f"{kind.name}:{switch}"] for switch in LABELS
            }
            for kind in self.kinds
        }


class QuietForm(forms.Form):
    begins = forms.TimeField(
        label=gettext_lazy("開始"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    ends = forms.TimeField(
        label=gettext_lazy("終了"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy(
            "日をまたぐ指定もできます（例：21:00〜8:00）。両方を空にすると、時間の制限はありません。"
        ),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        begins, ends = values.get("begins"), values.get("ends")
        if (begins is None) != (ends is None):
            raise forms.ValidationError(
                _("開始と終了は、両方を入力するか、両方を空にしてください。")
            )
        if begins is not None and begins == ends:
            raise forms.ValidationError(_("開始と終了には別の時刻を入力してください。"))
        return values


@require_right(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def change_preferences(request: ShopRequest) -> HttpResponse:
    form = PreferencesForm(request, request.POST or None)
    if form.is_bound and form.is_valid():
        preferences.save_preferences(request.user, form.get_wanted())
        messages.success(request, _("通知の設定を保存しました。"))
        return redirect("notifications:settings")
    return render_settings(request, form=form)


@require_right(MANAGE)
@require_POST
def change_quiet_window(request: ShopRequest) -> HttpResponse:
    quiet = QuietForm(request.POST)
    if not quiet.is_valid():
        return render_settings(request, quiet=quiet, status=422)
    preferences.save_quiet_window(
        quiet.cleaned_data["begins"], quiet.cleaned_data["ends"]
    )
    messages.success(request, _("通知しない時間帯を保存しました。"))
    return redirect("notifications:settings")


@require_right(VIEW)
@require_POST
def send_test_notice(request: ShopRequest) -> HttpResponse:
    way = request.POST.get("way", "")
    if way not in Way.values:
        messages.error(request, _("テスト通知の方法を選んでください。"))
        return redirect("notifications:settings")
    if why_not := find_why_not(request.seat, way):
        told = {"way": Way(way).label, "why": why_not}
        messages.error(request, _("%(way)sでは届きません：%(why)s") % told)
        return redirect("notifications:settings")
    preferences.notify_for_test(request.user, way)
    sent = _("%(way)sにテスト通知を送りました。届くまで1分ほどかかることがあります。")
    messages.success(request, sent % {"way": Way(way).label})
    return redirect("notifications:settings")


@require_right(VIEW)
@require_POST
def start_phone_link(request: ShopRequest) -> HttpResponse:
    code = phones.make_phone_code(request.user)
    accounts = LineAccount.objects.filter(is_active=True).exclude(basic_id="")
    account = accounts.order_by("pk").first()
    url = phones.build_code_url(account, code) if account else ""
    drawn = draw_qr_code(url) if url else ""
    return render_settings(request, code=code, code_url=url, code_qr=drawn)


@require_right(VIEW)
@require_POST
def end_phone_link(request: ShopRequest) -> HttpResponse:
    if phones.unlink_phone(request.user):
        messages.success(request, _("スマホ連携を解除しました。"))
    return redirect("notifications:settings")


def render_settings(
    request: ShopRequest, status: int = 200, **given: Any
) -> HttpResponse:
    window = QuietWindow.objects.first() or QuietWindow()
    phone = OperatorLine.objects.filter(operator=request.user)
    context = {
        "form": given.get("form") or PreferencesForm(request),
        "quiet": QuietForm(initial={"begins": window.begins, "ends": window.ends}),
        "may_manage": request.seat.can(MANAGE),
        "switches": LABELS.values(),
        "phone": phone.select_related("account").first(),
        "accounts": LineAccount.objects.filter(is_active=True).order_by("pk"),
        "way_labels": Way.choices,
        **given,
    }
    return render(request, "notifications/settings.html", context, status=status)
