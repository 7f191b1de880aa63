"""What a recipe is: how one cart's admin site is used, in its pages and selectors.

A new one is one file, one line in kinds.py and one test. A shop gives no more than its address and login.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyotp
from django.utils.functional import Promise

from cartsync.connectors.base import Action, Customer, Key, Order, Subscription
from rpa.browser.hand import Hand
from rpa.browser.pictures import Region
from rpa.browser.problems import Stuck


@dataclass(frozen=True)
class Credentials:
    """``totp``: the secret of an authenticator app, "" for none. Never printed."""

    login: str = field(repr=False)
    password: str = field(repr=False)
    totp: str = field(default="", repr=False)


class Recipe(ABC):
    """Selectors are CSS; "" for what a site does not have. Methods raise Stuck with the words of the page, or TryLater.

    ``regions``: what may be pictured: "search", "customer", "subscription", "confirm".
    """

    # Screens show the class, and templates call what can be called.
    do_not_call_in_templates = True
    label: ClassVar[str | Promise]
    actions: ClassVar[frozenset[Action]]
    regions: ClassVar[Mapping[str, Region]]

    login_path: ClassVar[str]
    login_field: ClassVar[str]
    password_field: ClassVar[str]
    enter_button: ClassVar[str]
    code_field: ClassVar[str] = ""
    # Seen once somebody is logged in, and never before.
    signed_in: ClassVar[str]
    captcha: ClassVar[str] = ""
    other_factor: ClassVar[str] = ""
    modal: ClassVar[str] = ""

    def log_in(self, hand: Hand, credentials: Credentials) -> None:
        """Log in. Raise Stuck: login_refused, second_factor or captcha."""
        hand.guard = {}
        hand.open(self.login_path)
        hand.fill(self.login_field, credentials.login)
        hand.fill(self.password_field, credentials.password)
        hand.press(self.enter_button)
        hand.guard = {"captcha": self.captcha, "second_factor": self.other_factor}
        hand.look()
        if hand.has(self.code_field):
            self.give_code(hand, credentials)
        if not hand.has(self.signed_in):
            raise Stuck("login_refused", hand.read_words())
        hand.guard |= {"logged_out": self.password_field, "modal": self.modal}

    def give_code(self, hand: Hand, credentials: Credentials) -> None:
        if not credentials.totp:
            raise Stuck("second_factor", hand.read_words())
        hand.fill(self.code_field, pyotp.TOTP(credentials.totp).now())
        hand.press(self.enter_button)
        if hand.has(self.code_field):
            raise Stuck("second_factor", hand.read_words())

    @abstractmethod
    def search(self, hand: Hand, key: Key, value: str) -> list[Customer]:
        """Return whom the site's own search finds; more than fit exactly are no harm."""

    @abstractmethod
    def read_customer(self, hand: Hand, customer: str) -> Customer:
        """Return one customer as their own page shows them, with their state: a list of hits says little."""

    @abstractmethod
    def list_subscriptions(self, hand: Hand, customer: str) -> list[Subscription]:
        """Return a customer's subscriptions; their page stays open."""

    @abstractmethod
    def list_orders(self, hand: Hand, customer: str) -> list[Order]:
        """Return a customer's newest orders, so far as the site shows which are not shipped."""

    @abstractmethod
    def read_subscription(self, hand: Hand, subscription: str) -> Subscription:
        """Return one subscription; its page stays open."""

    @abstractmethod
    def prepare(
        self, hand: Hand, subscription: str, action: Action, values: Mapping[str, Any]
    ) -> None:
        """Do everything but the last click: the button that changes something is on the page now."""

    @abstractmethod
    def get_last_button(self, action: Action) -> str:
        """Return the button whose click changes the subscription."""
