"""The tables of the carts."""

from cartsync.models.carts import Cart, CartCustomer, CartOrder, CartSubscription
from cartsync.models.links import CartTagHold, CartTagRule, IgnoredPair, Link
from cartsync.models.runs import SyncRun

__all__ = [
    "Cart", "CartCustomer", "CartOrder", "CartSubscription", "CartTagHold", "CartTagRule", "IgnoredPair", "Link",
    "SyncRun",
]  # fmt: skip
