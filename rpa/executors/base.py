"""What every executor gives: search, read, prepare, and one change that is never sent twice."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cartsync.connectors.base import Action, Order, Subscription
from cartsync.models import Cart
from rpa.models import RpaSettings
from rpa.search.ask_cart import Search

if TYPE_CHECKING:
    from rpa.browser.pictures import Shot


def ignore_shot(screen: str, shot: "Shot") -> None:
    """Keep no picture: nobody's request is worked on."""


class Executor(ABC):
    """One cart account. Methods raise TryLater, GiveUp or FixSettings.

    A TryLater of ``submit`` means that the cart never took it up; whatever else may have come of it is Unconfirmed.
    """

    def __init__(self, cart: Cart) -> None:
        self.cart = cart
        # Takes a picture of a screen: the name of the screen, and the shot.
        self.show: Callable[[str, Shot], None] = ignore_shot

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:  # noqa: B027  (nothing to give back)
        """Give back whatever it holds."""

    @property
    def is_live(self) -> bool:
        """Whether this way may change anything, where the shop as a whole is live."""
        return True

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

    def prepare(  # noqa: B027  (nothing to prepare)
        self, subscription: str, action: Action, **values: Any
    ) -> None:
        """Do whatever comes before the change and changes nothing; a rehearsal goes as far."""

    @abstractmethod
    def submit(self, subscription: str, action: Action, **values: Any) -> Subscription:
        """Send the change once and return the subscription as read back."""
