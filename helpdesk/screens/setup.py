"""設定 › ヘルプデスク連携: the steps of the set-up in their order, the values, the check, test and real."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from helpdesk.manage import change_help_desk, switch_environment, switch_help_desk
from helpdesk.models import HelpDesk
from helpdesk.screens.forms import HelpDeskForm
from members.identity.shared_emails import Rule, load_email_rule, select_shared_keys
from operators.login.confirm import require_confirmation
from operators.rights import ShopRequest, require_right
from operators.roles import SETTINGS, VIEW
from tenants.realms import build_realm_url


@dataclass(frozen=True)
class Value:
    """One value to be copied into the help desk."""

    id: str
    label: str | Promise
    text: str


@require_right(VIEW)
@require_safe
def show_setup(request: ShopRequest) -> HttpResponse:
    return render_setup(request)


@require_right(SETTINGS)
@require_confirmation()
@require_POST
def save_values(request: ShopRequest) -> HttpResponse:
    form = HelpDeskForm(request.POST, desk=HelpDesk.load())
    if not form.is_valid():
        return render_setup(request, form, status=422)
    change_help_desk(**form.cleaned_data)
    messages.success(request, _("ヘルプデスク連携の値を保存しました。"))
    return redirect("helpdesk:setup")


@require_right(SETTINGS)
@require_POST
def switch_desk(request: ShopRequest) -> HttpResponse:
    is_active = request.POST.get("on") == "1"
    switch_help_desk(is_active)
    said = (
        _("ヘルプデスク連携を有効にしました。")
        if is_active
        else _("ヘルプデスク連携を無効にしました。値は残っています。")
    )
    messages.success(request, said)
    return redirect("helpdesk:setup")


@require_right(SETTINGS)
@require_POST
def switch_values(request: ShopRequest) -> HttpResponse:
    is_live = request.POST.get("live") == "1"
    is_confirmed = request.POST.get("confirmed") == "on"
    if switch_environment(is_live, is_confirmed=is_confirmed) is None:
        messages.error(
            request,
            _(
                "動作確認が済んでいません。済ませるか、確認せずに切り替えることにチェックを入れてください。"
            ),
        )
    else:
        said = _("本番の値にしました。") if is_live else _("テスト用の値にしました。")
        messages.success(request, said)
    return redirect("helpdesk:setup")


def render_setup(
    request: ShopRequest, form: HelpDeskForm | None = None, status: int = 200
) -> HttpResponse:
    desk, rule = HelpDesk.load(), load_email_rule()
    context = {
        "desk": desk,
        "form": form or HelpDeskForm(desk=desk),
        "lookups": list_lookup_values(request, desk),
        "email_rule": Rule(rule).label,
        "may_share": rule != Rule.DENY,
        "shared": select_shared_keys(rule).count(),
        "may_change": request.seat.can(SETTINGS),
    }
    return render(request, "helpdesk/setup.html", context, status=status)


def list_lookup_values(
    request: ShopRequest, desk: HelpDesk
) -> list[tuple[str, list[Value]]]:
    """Return the two look-ups, each with what is typed into the help desk."""
    titles = {"members": _("会員を検索する設定"), "orders": _("受注を検索する設定")}
    names = {"members": _("Tsunagi 会員検索"), "orders": _("Tsunagi 受注検索")}
    return [
        (
            title,
            [
                Value(f"{what}-name", _("名前"), names[what]),
                Value(f"{what}-encoding", _("文字エンコーディング"), "UTF-8"),
                Value(f"{what}-method", _("メソッド"), "GET"),
                Value(
                    f"{what}-url",
                    _("URL"),
                    build_realm_url(
                        "public", request.tenant, "helpdesk:look_up", [what]
                    ),
                ),
                Value(
                    f"{what}-parameter",
                    _("パラメータ（キー＝値）"),
                    desk.parameter + "=" + _("メールアドレス"),
                ),
            ],
        )
        for what, title in titles.items()
    ]
