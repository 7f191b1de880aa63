"""A cart's settings, and its tags by count."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cartsync.connectors.grants import CartGrants
from cartsync.connectors.kinds import KINDS, get_connector_class
from cartsync.errors import TROUBLES
from cartsync.models import Cart
from cartsync.screens.carts.forms import (
    CartForm,
    RuleForm,
    build_cart_form,
    build_cart_initial,
)
from cartsync.screens.carts.of_cart import pass_cart
from cartsync.screens.carts.views import build_cart_context, list_tag_names
from cartsync.screens.carts.views_approval import build_return_url
from cartsync.sync.manage import (
    add_cart,
    build_settings,
    change_cart,
    is_awaiting_approval,
)
from cartsync.sync.state_words import list_seen_words, map_words
from cartsync.tag_rules import add_rule, remove_rule
from console.numbers import parse_number
from members.tags.names import get_or_create_tag
from operators.login.confirm import require_confirmation
from operators.rights import ShopRequest, require_right
from operators.roles import CONNECT
from outbound.concurrency import hold_place_to_check
from outbound.errors import OutboundError

LONGEST_CHECK = 8.0  # seconds


@require_right(CONNECT)
@require_confirmation(when=lambda request: "check" not in request.POST)
def new(request: ShopRequest) -> HttpResponse:
    kind = request.GET.get("kind", next(iter(KINDS)))
    if kind not in KINDS:
        raise Http404
    form = build_cart_form(kind, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if "check" in request.POST:
            return render_settings(
                request, kind, form, checked=check_settings(kind, form, None)
            )
        cart = add_cart(kind, form.cleaned_data)
        messages.success(
            request,
            (
                _("「%(cart)s」を追加しました。次に、カートで許可してください。")
                if is_awaiting_approval(cart)
                else _("「%(cart)s」を追加しました。最初の読み込みを始めます。")
            )
            % {"cart": cart},
        )
        return redirect("cartsync:cart", cart.public_id)
    return render_settings(request, kind, form)


@require_right(CONNECT)
@pass_cart
@require_confirmation(when=lambda request: "check" not in request.POST)
def settings(request: ShopRequest, cart: Cart) -> HttpResponse:
    form = build_cart_form(
        cart.kind, request.POST or None, cart=cart, initial=build_cart_initial(cart)
    )
    if request.method == "POST" and form.is_valid():
        if "check" in request.POST:
            return render_settings(
                request, cart.kind, form, cart, check_settings(cart.kind, form, cart)
            )
        change_cart(cart, form.cleaned_data)
        messages.success(
            request, _("「%(cart)s」の設定を保存しました。") % {"cart": cart}
        )
        return redirect("cartsync:cart", cart.public_id)
    return render_settings(request, cart.kind, form, cart)


def check_settings(kind: str, form: CartForm, cart: Cart | None) -> dict[str, object]:
    """Try the settings as typed, saving nothing, and return what the alert says."""
    settings = build_settings(kind, form.cleaned_data, cart.settings if cart else {})
    try:
        with hold_place_to_check():
            connector = get_connector_class(kind)(
                settings, seconds=LONGEST_CHECK, grants=find_grants(cart, settings)
            )
            customers, sample = connector.check(), connector.describe_sample()
    except OutboundError as error:
        return {
            "kind": "bad",
            "title": TROUBLES[error.code].cause,
            "text": TROUBLES[error.code].remedy,
        }
    said = (
        _("設定はまだ保存していません。")
        if customers is None
        else _("カートの顧客は%(n)s件です。設定はまだ保存していません。")
        % {"n": f"{customers:,}"}
    )
    return {"kind": "ok", "title": _("接続できました。"), "text": f"{said}{sample}"}


def find_grants(cart: Cart | None, settings: dict[str, Any]) -> CartGrants | None:
    """Return what was granted to the stored cart, as long as the settings lead to the same one."""
    same = ("base_url", "client_id")
    if not cart or any(cart.settings.get(key) != settings.get(key) for key in same):
        return None
    return CartGrants(cart.pk)


def render_settings(
    request: ShopRequest,
    kind: str,
    form: CartForm,
    cart: Cart | None = None,
    checked: dict[str, object] | None = None,
) -> HttpResponse:
    context = {
        "cart": cart,
        "form": form,
        "connector": get_connector_class(kind),
        "checked": checked,
        "return_url": build_return_url(request),
        "tag_names": list_tag_names(),
    }
    return render(
        request,
        "cartsync/carts/settings.html",
        context,
        status=422 if form.is_bound and form.errors else 200,
    )


@require_right(CONNECT)
@pass_cart
@require_POST
def words(request: ShopRequest, cart: Cart) -> HttpResponse:
    """Save what the cart's words mean; only those that were changed on the page."""
    chosen = {
        (one.kind, one.word): request.POST[one.field]
        for one in list_seen_words(cart)
        if request.POST.get(one.field, one.state) != one.state
        and request.POST[one.field] in dict(one.choices)
    }
    changed = map_words(cart, chosen)
    if changed:
        messages.success(
            request,
            _("言葉%(n)s件の状態を保存しました。届いている分も数え直しています。")
            % {"n": changed},
        )
    else:
        messages.info(request, _("変わった言葉はありません。"))
    return redirect("cartsync:cart", cart.public_id)


@require_right(CONNECT)
@pass_cart
@require_POST
def rules(request: ShopRequest, cart: Cart) -> HttpResponse:
    if gone := request.POST.get("remove", ""):
        remove_rule(get_object_or_404(cart.tag_rules, pk=parse_number(gone)))
        messages.success(
            request, _("タグの条件を削除しました。付いているタグはそのままです。")
        )
        return redirect("cartsync:cart", cart.public_id)
    form = RuleForm(request.POST)
    if not form.is_valid():
        return render(
            request,
            "cartsync/carts/cart.html",
            build_cart_context(request, cart, form),
            status=422,
        )
    values = {
        name: form.cleaned_data[name]
        for name in ("measure", "op", "value", "takes_off")
    }
    add_rule(cart, tag=get_or_create_tag(form.cleaned_data["tag"]), **values)
    messages.success(request, _("タグの条件を追加し、連携済みの会員に当てはめました。"))
    return redirect("cartsync:cart", cart.public_id)
