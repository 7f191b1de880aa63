"""What every cart connector gives: the same three kinds of rows, in the order in which they changed."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from django import forms
from django.utils.functional import Promise

from outbound.http import Http


class Capability(StrEnum):
    """What a cart system offers. Screens and rules ask for these, never for the kind."""

    READ_CHANGES = "read_changes"
    FIND_CUSTOMER = "find_customer"
    CANCEL_SUBSCRIPTION = "cancel_subscription"


class Resource(StrEnum):
    CUSTOMERS = "customers"
    ORDERS = "orders"
    SUBSCRIPTIONS = "subscriptions"


@dataclass(frozen=True)
class Customer:
    external_id: str
    number: str
    name: str
    email: str
    phone: str
    state: str  # a CartCustomer.State
    changed_at: datetime
    kana: str = ""


@dataclass(frozen=True)
class Order:
    external_id: str
    customer_external_id: str
    number: str
    state: str  # a CartOrder.State
    times: int
    total: int  # yen
    ordered_at: datetime
    changed_at: datetime
    unknown_word: str = (
        ""  # the cart's own word, where the state is OTHER because we do not know it
    )


@dataclass(frozen=True)
class Subscription:
    external_id: str
    customer_external_id: str
    product: str
    state: str  # a CartSubscription.State
    times: int
    next_at: datetime | None
    changed_at: datetime


Row = TypeVar("Row", Customer, Order, Subscription)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows by ``changed_at``, oldest first; ``total`` of the whole window as the cart counts it now.

    ``total`` is None when the cart does not say.
    """

    rows: Sequence[Row]
    total: int | None
    is_last: bool


class Connector(ABC):
    """One account at one cart system. Methods raise TryLater, GiveUp or FixSettings (cartsync/errors.py)."""

    do_not_call_in_templates = (
        True  # screens show the class, and templates call what can be called
    )
    label: str | Promise
    doc: str  # its page under docs/
    settings_form: type[forms.Form]
    capabilities: frozenset[Capability]
    # What the cart itself calls the orders that count in 購入回数 and 購入総額, for the settings screen.
    sold_words: str | Promise

    def __init__(
        self, base_url: str, token: str, pace: str = "", seconds: float | None = None
    ) -> None:
        self.token = token
        self.http = Http(base_url, pace=pace, seconds=seconds)

    @abstractmethod
    def read(
        self, resource: Resource, since: datetime | None, until: datetime, page: int
    ) -> Page:
        """Read one page of what changed in [since, until); the first page is 1."""

    @abstractmethod
    def find_customers(self, *, email: str = "", phone: str = "") -> list[Customer]:
        """Find every customer with exactly this email (a key) or phone (E.164)."""

    @abstractmethod
    def orders_of(self, customer_external_id: str) -> list[Order]:
        """Return the newest orders of one customer (one page)."""

    @abstractmethod
    def check(self) -> int:
        """Read a little, to try the settings out, and return the number of customers."""
