"""RPA設定 › 基本設定 › 管理画面での実行: the robot's login at a cart."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cartsync.models import Cart
from operators.login.confirm import require_confirmation
from operators.rights import ShopRequest, require_right
from operators.roles import CONNECT, RPA_LIVE
from rpa.models import RobotLogin
from rpa.robot.logins import ask_login, store_login, switch_login_live
from rpa.robot.troubles import TROUBLES
from rpa.screens.logins.forms import LoginForm, build_initial


def get_login_or_404(public_id: str) -> RobotLogin:
    rows = RobotLogin.objects.select_related("cart")
    return get_object_or_404(rows, cart__public_id=public_id)


@require_right(CONNECT)
@require_http_methods(["GET", "HEAD", "POST"])
@require_confirmation()
def login(request: ShopRequest, public_id: str) -> HttpResponse:
    cart = get_object_or_404(Cart.objects.all(), public_id=public_id)
    stored = RobotLogin.objects.filter(cart=cart).first()
    form = LoginForm(request.POST or None, stored=stored, initial=build_initial(stored))
    if request.method == "POST" and form.is_valid():
        store_login(cart, form.secrets, **form.values)
        messages.success(request, _("管理画面のログインを保存しました。"))
        return redirect("rpa:login", public_id)
    trouble = TROUBLES.get(stored.trouble) if stored else None
    context = {
        "cart": cart,
        "form": form,
        "stored": stored,
        "trouble": trouble,
        "may_live": request.seat.can(RPA_LIVE),
    }
    status = 422 if form.is_bound else 200
    return render(request, "rpa/logins/login.html", context, status=status)


@require_right(CONNECT)
@require_POST
def check(request: ShopRequest, public_id: str) -> HttpResponse:
    ask_login(get_login_or_404(public_id))
    messages.success(
        request, _("ログインを試しています。結果は、この画面に出ます（数十秒）。")
    )
    return redirect("rpa:login", public_id)


@require_right(RPA_LIVE)
@require_POST
@require_confirmation(when=lambda request: request.POST.get("live") == "1")
def login_live(request: ShopRequest, public_id: str) -> HttpResponse:
    is_live = request.POST.get("live") == "1"
    switch_login_live(get_login_or_404(public_id), is_live)
    said = _("本番にしました。") if is_live else _("試行にしました。")
    messages.success(request, said)
    return redirect("rpa:settings")
