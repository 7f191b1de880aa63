"""The carts on the page of the outside systems that a shop is connected to."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cartsync.connectors.kinds import get_connector_class
from cartsync.models import Cart
from cartsync.sync.overview import Overview, build_overviews
from messaging.accounts.connections import Connection, Source


def list_cart_connections() -> list[Connection]:
    return [
        build_cart_connection(overview)
        for overview in build_overviews(
            list(Cart.objects.connected().order_by("name", "pk"))
        )
    ]


def build_cart_connection(overview: Overview) -> Connection:
    trouble, cart = overview.trouble, overview.cart
    return Connection(
        cart.name,
        get_connector_class(cart.kind).label,
        reverse("cartsync:cart", args=[cart.public_id]),
        overview.state,
        overview.last_success,
        f"{trouble.cause}{trouble.remedy}" if trouble else "",
    )


CARTS = Source(
    "carts",
    _("カート"),
    _("最後の成功"),
    list_cart_connections,
    _("カートを追加"),
    "cartsync:new",
    _("カートを追加すると、購入したお客様と会員を自動で結びつけます。"),
)
