"""What every executor gives: search, read, and one change that is never sent twice."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from cartsync.connectors.base import Action, Order, Subscription
from cartsync.models import Cart
from rpa.models import RpaSettings
from rpa.search.ask_cart import Search


class Executor(ABC):
    """One cart account. Methods raise TryLater, GiveUp or FixSettings.

    A TryLater of ``submit`` means that the cart never took it up; whatever else may have come of it is Unconfirmed.
    """

    def __init__(self, cart: Cart) -> None:
        self.cart = cart

    @abstractmethod
    def can(self, action: Action) -> bool:
        """Return whether this way can do it at all."""

    @abstractmethod
    def search(self, settings: RpaSettings, values: Mapping[str, str]) -> Search:
        """Search the customer by the shop's setting."""

    @abstractmethod
    def list_subscriptions(self, customer: str) -> list[Subscription]:
        """Return the customer's subscriptions as the cart has them now."""

    @abstractmethod
    def list_orders(self, customer: str) -> list[Order]:
        """Return the customer's newest orders."""

    @abstractmethod
    def read(self, subscription: str) -> Subscription:
        """Return one subscription as the cart has it now."""

    @abstractmethod
    def submit(self, subscription: str, action: Action, **values: Any) -> Subscription:
        """Send the change once and return the subscription as read back."""
