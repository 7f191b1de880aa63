"""The cart systems we can talk to. Adding one is one file, one line here and one test."""

from typing import TYPE_CHECKING

from cartsync.connectors.base import Connector
from cartsync.connectors.grants import CartGrants
from outbound.kinds import load_kind

if TYPE_CHECKING:
    from cartsync.models import Cart

KINDS = {
    "ecforce": "cartsync.connectors.ecforce.Ecforce",
    "colorme": "cartsync.connectors.colorme.Colorme",
    "shopify": "cartsync.connectors.shopify.connector.Shopify",
    "eccube": "cartsync.connectors.eccube.connector.Eccube",
    "generic": "cartsync.connectors.generic.connector.Generic",
    "files": "cartsync.connectors.files.Files",
}


# Not to be added on the page of carts: made of the mails that a shop gets.
PASSIVE = {"ordermail": "cartsync.connectors.ordermail.OrderMails"}


def get_connector_class(kind: str) -> type[Connector]:
    return load_kind(KINDS | PASSIVE, kind)


def build_connector(cart: "Cart", seconds: float | None = None) -> Connector:
    """Return the cart's connector.

    ``seconds`` bounds all its calls together, for somebody who waits for the answer.
    """
    pace = f"cart:{cart.tenant_id}:{cart.pk}"
    return get_connector_class(cart.kind)(
        cart.settings, pace=pace, seconds=seconds, grants=CartGrants(cart.pk)
    )
