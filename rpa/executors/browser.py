"""By the cart's admin site, in a real Chromium, as its recipe says."""

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from cartsync.connectors.base import (
    Action,
    Customer,
    Key,
    Order,
    Subscription,
    Unconfirmed,
)
from cartsync.models import Cart
from outbound.errors import OutboundError, TryLater
from outbound.faultpoints import fault_point
from rpa.browser.hand import Hand
from rpa.browser.pictures import Shot, take_picture
from rpa.browser.session import Session
from rpa.executors.base import Executor
from rpa.models import RobotLogin, RpaSettings
from rpa.recipes.base import Credentials
from rpa.recipes.kinds import get_recipe_class
from rpa.search.ask_cart import KEYS_OF_CART, Search, get_key, search_customer

T = TypeVar("T")
# How long after the click the cart is read, in seconds.
READ_BACK = (0, 3, 7)
MOST = 20  # customers with one address or number whose pages are opened


class BrowserExecutor(Executor):
    """Logs in at its first call, and stays logged in until it is closed."""

    def __init__(self, cart: Cart) -> None:
        super().__init__(cart)
        self.login = RobotLogin.objects.get(cart=cart)
        self.recipe = get_recipe_class(self.login.recipe)()
        self.session = Session(self.login.url)
        self.is_in = False

    @property
    def is_live(self) -> bool:
        return self.login.is_live

    def can(self, action: Action) -> bool:
        return action in self.recipe.actions

    def close(self) -> None:
        self.session.close()

    def log_in(self) -> None:
        """Log in, once for this session. Raise Stuck with the words of the page, or TryLater."""
        if not self.is_in:
            given = Credentials(**self.login.credentials)
            self.session.run(lambda hand: self.recipe.log_in(hand, given))
            self.is_in = True

    def use(self, work: Callable[[Hand], T]) -> T:
        """Do this at the site. What the browser itself raises passes by: nothing was changed."""
        try:
            self.log_in()
            return self.session.run(work)
        except OutboundError as error:
            if error.code in ("logged_out", "slow"):
                self.restart()
            raise
        except Exception as error:
            self.restart()
            raise TryLater("browser") from error

    def restart(self) -> None:
        self.session.close()
        self.session, self.is_in = Session(self.login.url), False

    def look(self, screen: str, kept: Collection[str] = ()) -> Callable[[Hand], Shot]:
        region = self.recipe.regions[screen]
        return lambda hand: take_picture(hand, region, kept)

    # ------------------------------------------------------------------ searching and reading
    def search(self, settings: RpaSettings, values: Mapping[str, str]) -> Search:
        return search_customer(self.cart, self, settings, values)

    def find(self, keys: Mapping[Key, str]) -> list[Customer]:
        """Return who really has the value; they alone stand in the picture."""
        ((key, value),) = keys.items()

        def work(hand: Hand) -> tuple[list[Customer], Shot | None]:
            found = self.recipe.search(hand, key, value)
            if key not in KEYS_OF_CART:
                return found, None
            own = KEYS_OF_CART[key]
            kept = [each.external_id for each in found if get_key(each, own) == value]
            shot = self.look("search", kept)(hand)
            # The list does not say who has left: their own pages do.
            return [self.recipe.read_customer(hand, each) for each in kept[:MOST]], shot

        found, shot = self.use(work)
        if shot:
            self.show("search", shot)
        return found

    def list_subscriptions(self, customer: str) -> list[Subscription]:
        def work(hand: Hand) -> tuple[list[Subscription], Shot]:
            found = self.recipe.list_subscriptions(hand, customer)
            return found, self.look("customer")(hand)

        found, shot = self.use(work)
        self.show("customer", shot)
        return found

    def list_orders(self, customer: str) -> list[Order]:
        return self.use(lambda hand: self.recipe.list_orders(hand, customer))

    def read(self, subscription: str) -> Subscription:
        def work(hand: Hand) -> tuple[Subscription, Shot]:
            found = self.recipe.read_subscription(hand, subscription)
            return found, self.look("subscription")(hand)

        found, shot = self.use(work)
        self.show("subscription", shot)
        return found

    # ------------------------------------------------------------------ the change
    def prepare(self, subscription: str, action: Action, **values: Any) -> None:
        def work(hand: Hand) -> Shot:
            self.recipe.prepare(hand, subscription, action, values)
            hand.need(self.recipe.get_last_button(action))
            return self.look("confirm")(hand)

        self.show("confirm", self.use(work))

    def submit(self, subscription: str, action: Action, **values: Any) -> Subscription:
        """Click, once. Nothing that comes of it is a reason to click again: the cart is read instead."""
        button = self.recipe.get_last_button(action)

        def click(hand: Hand) -> None:
            fault_point("rpa.clicking")
            hand.press_once(button)
            fault_point("rpa.clicked")

        try:
            self.session.run(click)
        except Exception:
            # It hangs, or the page is gone: what became of it stands in the cart.
            self.look_elsewhere()
        return self.read_back(subscription)

    def look_elsewhere(self) -> None:
        try:
            self.session.run(lambda hand: hand.renew())
        except Exception:
            self.restart()

    def read_back(self, subscription: str) -> Subscription:
        """Return the subscription as the cart shows it; raise Unconfirmed where it cannot be read."""
        for pause in READ_BACK:
            time.sleep(pause)
            try:
                return self.read(subscription)
            except TryLater:
                continue
        raise Unconfirmed("unconfirmed")
