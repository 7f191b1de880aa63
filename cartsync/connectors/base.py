"""What every cart connector gives: the same three kinds of rows, in the order in which they changed."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from django import forms
from django.utils.functional import Promise

from cartsync.connectors.grants import GivenGrants, Granted, Grants
from outbound.errors import GiveUp
from outbound.http import Http


class Capability(StrEnum):
    """What a cart system offers. Screens and rules ask for these, never for the kind."""

    READ_CHANGES = "read_changes"
    FIND_CUSTOMER = "find_customer"
    READ_CUSTOMER_ORDERS = "read_customer_orders"
    CANCEL_SUBSCRIPTION = "cancel"
    PAUSE_SUBSCRIPTION = "pause"
    SKIP_DELIVERY = "skip"
    CHANGE_CYCLE = "change_cycle"
    CHANGE_NEXT_DATE = "next_date"


class Action(StrEnum):
    """What can be done to a subscription; each is the capability of the same value."""

    CANCEL = "cancel"
    PAUSE = "pause"
    SKIP = "skip"
    CHANGE_CYCLE = "change_cycle"
    NEXT_DATE = "next_date"


class Resource(StrEnum):
    CUSTOMERS = "customers"
    ORDERS = "orders"
    SUBSCRIPTIONS = "subscriptions"


class Key(StrEnum):
    """By what a customer can be found in a cart."""

    LINE_ID = "line_id"
    EMAIL = "email"
    PHONE = "phone"
    EXTERNAL_ID = "external_id"
    NUMBER = "number"


@dataclass(frozen=True)
class Window:
    """What changed in [since, until); since None: everything."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True)
class Address:
    kind: str  # billing or shipping
    name: str = ""
    kana: str = ""
    postal_code: str = ""
    prefecture: str = ""
    address: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Customer:
    """``points`` None: the cart does not tell. ``is_auto_email``: an address that the cart made up itself."""

    external_id: str
    number: str
    name: str
    email: str
    phone: str
    state: str  # a CartCustomer.State
    changed_at: datetime
    kana: str = ""
    word: str = ""  # the cart's own for the state, as in the others
    line_id: str = ""
    is_auto_email: bool = False
    addresses: tuple[Address, ...] = ()
    points: int | None = None
    points_expire_at: datetime | None = None
    coupons: str = ""


@dataclass(frozen=True)
class Line:
    """So many of a product; ``price`` of one, in yen. ``sku``: the cart's number of the product."""

    sku: str
    name: str
    quantity: int = 1
    price: int = 0


@dataclass(frozen=True)
class Order:
    """Amounts are whole yen. ``state`` is OTHER where nobody knows what the cart's ``word`` means."""

    external_id: str
    customer_external_id: str
    number: str
    state: str  # a CartOrder.State
    times: int
    total: int
    ordered_at: datetime
    changed_at: datetime
    word: str = ""
    subscription_external_id: str = ""
    lines: tuple[Line, ...] = ()
    subtotal: int = 0
    shipping_fee: int = 0
    discount: int = 0
    points_used: int = 0
    coupons: str = ""
    payment_method: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    # When the mail that told of it reached the mailbox; None where a cart told.
    received_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    url: str = ""
    campaign: str = ""
    advertiser: str = ""
    device: str = ""


@dataclass(frozen=True)
class Subscription:
    """``cycle`` in the cart's own words; ``remaining_times`` None: the cart does not tell of obligatory ones."""

    external_id: str
    customer_external_id: str
    product: str
    state: str  # a CartSubscription.State
    times: int
    next_at: datetime | None
    changed_at: datetime
    word: str = ""
    number: str = ""
    cycle: str = ""
    is_cycle_locked: bool = False
    remaining_times: int | None = None
    stopped_at: datetime | None = None
    product_code: str = ""
    # The cart leaves the next delivery out, with its date as it was.
    skips_next: bool = False


Row = TypeVar("Row", Customer, Order, Subscription)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a window and where it goes on; the cursor means something to the connector alone.

    ``next_cursor`` is "" at the end of the window; there ``complete`` says whether as many rows came as the cart
    counted. ``total``: how many rows the cart counts from here on; None when it does not say.
    """

    rows: Sequence[Row]
    next_cursor: str
    complete: bool = True
    total: int | None = None


class Unconfirmed(GiveUp):
    """A change was sent, but the cart does not show it: a person looks, and nothing is sent again."""


class Connector(ABC):
    """One account at one cart system. Methods raise TryLater, GiveUp or FixSettings (cartsync/errors.py).

    ``settings`` are the cleaned values of ``settings_form``; ``secret_fields`` names those that no screen shows again.
    """

    do_not_call_in_templates = (
        True  # screens show the class, and templates call what can be called
    )
    label: str | Promise
    # What a shop needs of its cart before it can be connected, in a sentence for the page that offers the kinds.
    needs: str | Promise = ""
    doc: str  # its page under docs/
    settings_form: type[forms.Form]
    secret_fields: frozenset[str] = frozenset({"token"})
    optional_secrets: frozenset[str] = frozenset()
    capabilities: frozenset[Capability]
    # By what customers can be found and matched.
    keys: tuple[Key, ...] = (Key.EMAIL, Key.PHONE)
    # Whether its data come as files that an operator uploads, and not by calls.
    takes_files: bool = False
    # Whether the shop must approve the connection at the cart first (OAuth2).
    needs_approval: bool = False
    # The field of the settings with the key that the cart signs its webhooks with; blank where it sends none we know.
    hint_key: str = ""
    # Whether it can tell the LINE user ids of customers.
    knows_line_id: bool = False
    resources: tuple[Resource, ...] = tuple(Resource)
    # What the cart itself calls the orders that count in 購入回数 and 購入総額, for the settings screen.
    sold_words: str | Promise

    def __init__(
        self,
        settings: Mapping[str, Any],
        pace: str = "",
        seconds: float | None = None,
        grants: Grants | None = None,
    ) -> None:
        self.settings = settings
        self.grants = grants or GivenGrants()
        self.http = Http(settings.get("base_url", ""), pace=pace, seconds=seconds)

    @abstractmethod
    def read(self, resource: Resource, window: Window, cursor: str) -> Page:
        """Read what changed in the window, from the cursor on; "" is its start."""

    @abstractmethod
    def check(self) -> int | None:
        """Read a little, to try the settings out; return the number of customers, None when the cart does not say."""

    def describe_sample(self) -> str:
        """Return a customer as the settings read it, where they say what the cart's fields are; else ""."""
        return ""

    def find(self, keys: Mapping[Key, str]) -> list[Customer]:
        """Find every customer who has all these values: an email, a phone as E.164, a LINE user id, a number."""
        raise GiveUp("unsupported")

    def orders_of(self, customer_external_id: str) -> list[Order]:
        """Return the newest orders of one customer (one page)."""
        raise GiveUp("unsupported")

    def subscriptions_of(self, customer_external_id: str) -> list[Subscription]:
        """Return the subscriptions of one customer as the cart has them now."""
        raise GiveUp("unsupported")

    def get_subscription(self, external_id: str) -> Subscription:
        """Return one subscription as the cart has it now."""
        raise GiveUp("unsupported")

    def act(self, external_id: str, action: Action, **values: Any) -> Subscription:
        """Do this to a subscription and return it as read back from the cart.

        Raise Unconfirmed when the cart does not show the change: it is then never sent again by itself. ``values``:
        ``reasons`` (the cart's ids) for cancel and pause, ``date`` for next_date, ``every_days`` or ``every_months``
        with ``on_day`` for change_cycle, ``memo`` for a line at the end of the cart's own memo where it has one.
        """
        raise GiveUp("unsupported")

    @classmethod
    def build_approval_url(
        cls, settings: Mapping[str, Any], return_url: str, state: str
    ) -> str:
        """Return where at the cart an operator approves the connection; it leads back to ``return_url``."""
        raise GiveUp("unsupported")

    def fetch_granted(self, code: str, return_url: str) -> Granted:
        """Return what the cart grants for the code that it gave the operator."""
        raise GiveUp("unsupported")

    @classmethod
    def is_signed(cls, key: str, body: bytes, headers: Mapping[str, str]) -> bool:
        """Return whether a webhook with this body was signed with the key."""
        return False

    @classmethod
    def can(cls, capability: str) -> bool:
        """Return whether the cart offers this capability, or this action."""
        return Capability(capability) in cls.capabilities

    @classmethod
    def build_customer_url(
        cls, settings: Mapping[str, Any], external_id: str, number: str
    ) -> str:
        """Return the address of the customer's own page in the cart; the cart's own address when none is known."""
        template = str(settings.get("customer_url") or settings.get("base_url") or "")
        return template.replace("{id}", external_id).replace("{number}", number)
