"""The carts' own cast: a shop with a cart, and the demo cart over real HTTP."""

from tests.cartsync.conftest import cart, committed, demo, live, shop

__all__ = ["cart", "committed", "demo", "live", "shop"]
