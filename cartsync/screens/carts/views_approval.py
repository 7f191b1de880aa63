"""An operator approves a connection at the cart, and comes back from there with a code."""

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cartsync.connectors.grants import read_granted
from cartsync.connectors.kinds import get_connector_class
from cartsync.errors import TROUBLES
from cartsync.models import Cart
from cartsync.sync.manage import approve_cart
from operators.rights import ShopRequest, require_right
from operators.roles import CONNECT
from outbound.concurrency import hold_place_to_check
from outbound.errors import OutboundError
from tenants.realms import build_realm_url

SALT = "cartsync.approval"
LONGEST_WAY = 1800  # seconds at the cart
LONGEST_CHECK = 8.0  # seconds


def build_return_url(request: ShopRequest) -> str:
    return build_realm_url("console", request.tenant, "cartsync:approved")


def build_approval_url(request: ShopRequest, cart: Cart) -> str:
    """Return where at the cart this operator approves; what comes back from there must be theirs."""
    state = signing.dumps([cart.public_id, request.user.pk], salt=SALT)
    connector = get_connector_class(cart.kind)
    return connector.build_approval_url(cart.settings, build_return_url(request), state)


@require_right(CONNECT)
@require_safe
def approved(request: ShopRequest) -> HttpResponse:
    """Take the code that the cart gave to this operator for this cart; anything else changes nothing."""
    cart = find_approved_cart(request)
    if not cart:
        messages.error(
            request,
            _(
                "この許可は確かめられません。カートのページの「許可する」からやり直してください。"
            ),
        )
        return redirect("cartsync:carts")
    code = request.GET.get("code", "")
    if not code:
        messages.error(
            request, _("カートで許可されませんでした。連携は始まっていません。")
        )
        return redirect("cartsync:cart", cart.public_id)
    try:
        with hold_place_to_check():
            connector = get_connector_class(cart.kind)(
                cart.settings, seconds=LONGEST_CHECK
            )
            granted = read_granted(
                connector.fetch_granted(code, build_return_url(request))
            )
    except OutboundError as error:
        trouble = TROUBLES[error.code]
        messages.error(request, f"{trouble.cause}{trouble.remedy}")
        return redirect("cartsync:cart", cart.public_id)
    approve_cart(cart, granted)
    messages.success(
        request,
        _("「%(cart)s」との接続が許可されました。読み込みを始めます。")
        % {"cart": cart},
    )
    return redirect("cartsync:cart", cart.public_id)


def find_approved_cart(request: ShopRequest) -> Cart | None:
    """Return the cart that this operator went off to approve; None for a state that is not theirs."""
    try:
        public_id, operator = signing.loads(
            request.GET.get("state", ""), salt=SALT, max_age=LONGEST_WAY
        )
    except (signing.BadSignature, TypeError, ValueError):
        return None
    carts = Cart.objects.connected().select_related("tenant")
    ours = operator == request.user.pk
    return carts.filter(public_id=public_id).first() if ours else None
