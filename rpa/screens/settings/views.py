"""RPA設定 › 基本設定."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cartsync.models import Cart
from cartsync.screens.carts.views import list_tag_names
from forms_builder.models import Form
from operators.login.confirm import require_confirmation
from operators.rights import ShopRequest, require_right
from operators.roles import CONNECT, EDIT, RPA_LIVE, SETTINGS, VIEW
from rpa.models import RpaSettings
from rpa.requests.decide import switch_live, switch_robot
from rpa.requests.settings import change_rules
from rpa.screens.logins.ways import list_ways
from rpa.screens.settings.forms import SearchSettingsForm
from rpa.screens.settings.rules_form import RulesForm, build_rules_initial
from rpa.search.copies import simulate_requests
from rpa.search.manage import change_search_settings
from rpa.search.simulate import MOST_MEMBERS, Simulation

MOST_CARTS = 5


@require_right(VIEW)
@require_http_methods(["GET", "HEAD"])
def settings(request: ShopRequest) -> HttpResponse:
    return render_settings(request)


@require_right(SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: ShopRequest) -> HttpResponse:
    """Save the search setting, try it out without saving, or move a row where no script does it."""
    if request.method != "POST":
        return redirect("rpa:settings")
    form = SearchSettingsForm(request.POST, settings=RpaSettings.load())
    if "move" in request.POST:
        form.move_key(request.POST["move"])
        return render_settings(request, form)
    if not form.is_valid():
        return render_settings(request, form, status=422)
    if "simulate" in request.POST:
        return render_settings(request, form, simulations=simulate_form(form))
    change_search_settings(form.order, **form.cleaned_data)
    messages.success(request, _("検索条件設定を保存しました。"))
    return redirect("rpa:settings")


def simulate_form(form: SearchSettingsForm) -> list[Simulation]:
    carts = Cart.objects.active().order_by("name", "pk")[:MOST_CARTS]
    settings = RpaSettings(order=form.order, **form.cleaned_data)
    return [simulate_requests(cart, settings) for cart in carts]


@require_right(SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: ShopRequest) -> HttpResponse:
    """Save the rules and the robot's hours."""
    if request.method != "POST":
        return redirect("rpa:settings")
    form = RulesForm(request.POST)
    if not form.is_valid():
        return render_settings(request, rules_form=form, status=422)
    change_rules(**form.values)
    messages.success(request, _("受付の条件を保存しました。"))
    return redirect("rpa:settings")


@require_right(EDIT)
@require_POST
def switch(request: ShopRequest) -> HttpResponse:
    """強制停止 may be pressed by everybody who edits; only who may run live starts again."""
    is_running = request.POST.get("run") == "1"
    if is_running and not request.seat.can(RPA_LIVE):
        messages.error(
            request,
            _(
                "スタートには「RPAの本番実行」の権限が必要です。店長に依頼してください。"
            ),
        )
    else:
        switch_robot(is_running)
        said = _("スタートしました。") if is_running else _("強制停止しました。")
        messages.success(request, said)
    return redirect("rpa:requests")


@require_right(RPA_LIVE)
@require_POST
@require_confirmation(when=lambda request: request.POST.get("live") == "1")
def live(request: ShopRequest) -> HttpResponse:
    is_live = request.POST.get("live") == "1"
    switch_live(is_live)
    said = _("本番にしました。") if is_live else _("試行にしました。")
    messages.success(request, said)
    return redirect("rpa:settings")


def is_form_the_only_way(settings: RpaSettings) -> bool:
    """Return whether customers can cancel by a form, and neither by phone nor on the web."""
    has_other = settings.contact_phone or settings.contact_url
    return not has_other and Form.objects.filter(kind=Form.Kind.CANCEL).exists()


def render_settings(
    request: ShopRequest,
    form: SearchSettingsForm | None = None,
    status: int = 200,
    simulations: list[Simulation] | None = None,
    rules_form: RulesForm | None = None,
) -> HttpResponse:
    stored = RpaSettings.load()
    context = {
        "form": form or SearchSettingsForm(settings=stored),
        "rules_form": rules_form or RulesForm(initial=build_rules_initial(stored)),
        "settings": stored,
        "may_change": request.seat.can(SETTINGS),
        "may_live": request.seat.can(RPA_LIVE),
        "may_connect": request.seat.can(CONNECT),
        "is_form_the_only_way": is_form_the_only_way(stored),
        "ways": list_ways(stored.is_live),
        "tag_names": list_tag_names(),
        "simulations": simulations,
        "most": MOST_MEMBERS,
    }
    return render(request, "rpa/settings/settings.html", context, status=status)
