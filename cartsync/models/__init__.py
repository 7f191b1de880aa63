"""The tables of the carts."""

from cartsync.models.carts import Cart, CartCustomer
from cartsync.models.files import WatchedFile
from cartsync.models.funnel import FunnelDay, UnlinkedReason
from cartsync.models.links import CartTagHold, CartTagRule, IgnoredPair, Link
from cartsync.models.ordermail import OrderMail, OrderMailMask
from cartsync.models.orders import (
    CartOrder,
    CartOrderLine,
    CartSubscription,
    CartWord,
    Product,
)
from cartsync.models.runs import SyncRun

__all__ = [
    "Cart", "CartCustomer", "CartOrder", "CartOrderLine", "CartSubscription", "CartTagHold", "CartTagRule", "CartWord",
    "FunnelDay", "IgnoredPair", "Link", "OrderMail", "OrderMailMask", "Product", "SyncRun", "UnlinkedReason",
    "WatchedFile",
]  # fmt: skip
