"""By the cart's API, through its connector."""

from collections.abc import Mapping
from typing import Any

from cartsync.connectors.base import Action, Order, Subscription
from cartsync.connectors.kinds import build_connector, get_connector_class
from cartsync.models import Cart
from rpa.executors.base import Executor
from rpa.models import RpaSettings
from rpa.search.ask_cart import Search, search_customer


class ApiExecutor(Executor):
    def __init__(self, cart: Cart) -> None:
        super().__init__(cart)
        self.connector = build_connector(cart)

    def can(self, action: Action) -> bool:
        return get_connector_class(self.cart.kind).can(action)

    def search(self, settings: RpaSettings, values: Mapping[str, str]) -> Search:
        return search_customer(self.cart, self.connector, settings, values)

    def list_subscriptions(self, customer: str) -> list[Subscription]:
        return self.connector.subscriptions_of(customer)

    def list_orders(self, customer: str) -> list[Order]:
        return self.connector.orders_of(customer)

    def read(self, subscription: str) -> Subscription:
        return self.connector.get_subscription(subscription)

    def submit(self, subscription: str, action: Action, **values: Any) -> Subscription:
        return self.connector.act(subscription, action, **values)
