"""The ways to do something at a cart. Adding one is one file, one line here and one test."""

from cartsync.connectors.kinds import get_connector_class
from cartsync.models import Cart
from outbound.kinds import load_kind
from rpa.executors.base import Executor

KINDS = {
    "api": "rpa.executors.api.ApiExecutor",
}


def can_do(cart: Cart, action: str) -> bool:
    """Return whether the cart can do this, by whichever way."""
    return get_connector_class(cart.kind).can(action)


def build_executor(cart: Cart) -> Executor:
    """Return the executor for a cart: its API, where it has one."""
    executor: type[Executor] = load_kind(KINDS, "api")
    return executor(cart)
