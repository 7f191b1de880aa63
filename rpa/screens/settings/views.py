"""RPA設定 › 基本設定."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cartsync.models import Cart
from operators.rights import ShopRequest, require_right
from operators.roles import SETTINGS, VIEW
from rpa.models import RpaSettings
from rpa.screens.settings.forms import SearchSettingsForm
from rpa.search.manage import change_search_settings
from rpa.search.simulate import MOST_MEMBERS, Simulation, simulate_search

MOST_CARTS = 5


@require_right(VIEW)
@require_http_methods(["GET", "HEAD"])
def settings(request: ShopRequest) -> HttpResponse:
    form = SearchSettingsForm(settings=RpaSettings.load())
    return render_settings(request, form)


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
    mode = form.cleaned_data["mode"]
    return [simulate_search(cart, mode, form.ticked_keys) for cart in carts]


def render_settings(
    request: ShopRequest,
    form: SearchSettingsForm,
    status: int = 200,
    simulations: list[Simulation] | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "may_change": request.seat.can(SETTINGS),
        "simulations": simulations,
        "most": MOST_MEMBERS,
        "has_carts": Cart.objects.active().exists(),
    }
    return render(request, "rpa/settings/settings.html", context, status=status)
