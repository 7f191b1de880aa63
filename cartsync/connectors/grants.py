"""What a cart with OAuth2 was granted: an access token that ends soon, and the token that renews it once.

A renewal ends the token that it was asked with, so only one worker renews at a time, and what came is stored at once.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from django.db import connection, transaction

from outbound.errors import FixSettings, TryLater

Granted = Mapping[str, Any]
Fetch = Callable[[str], Granted]
# An access token that ends so soon is renewed before it is used.
MARGIN = timedelta(minutes=1)
PAUSE = timedelta(seconds=2)


class Grants(Protocol):
    """Where a connector finds its access token."""

    def get_token(self, fetch: Fetch) -> str:
        """Return the access token; one that ended is renewed by ``fetch(refresh token)`` first."""

    def renew_token(self, used: str, fetch: Fetch) -> str:
        """Return another access token than ``used``, which the cart refused."""


def read_granted(answer: Granted, now: datetime | None = None) -> dict[str, Any]:
    """Return the answer of a token endpoint as it is stored. Raise TryLater when it is none."""
    token, renewal = answer.get("access_token"), answer.get("refresh_token")
    seconds = answer.get("expires_in")
    if not isinstance(token, str) or not isinstance(renewal, str):
        raise TryLater("unreadable")
    if type(seconds) is not int or not 0 < seconds < 2**31 or not token or not renewal:
        raise TryLater("unreadable")
    ends = (now or datetime.now(UTC)) + timedelta(seconds=seconds)
    return {"access": token, "refresh": renewal, "ends_at": ends.isoformat()}


def has_ended(granted: Granted) -> bool:
    return datetime.fromisoformat(granted["ends_at"]) - MARGIN <= datetime.now(UTC)


class GivenGrants:
    """A grant in memory: for who tries a connector out, and for carts that need none."""

    def __init__(self, granted: Granted | None = None) -> None:
        self.granted = dict(granted or {})

    def get_token(self, fetch: Fetch) -> str:
        if not self.granted:
            raise FixSettings("unapproved")
        if has_ended(self.granted):
            return self.renew_token(self.granted["access"], fetch)
        return str(self.granted["access"])

    def renew_token(self, used: str, fetch: Fetch) -> str:
        if self.granted["access"] == used:
            self.granted = read_granted(fetch(self.granted["refresh"]))
        return str(self.granted["access"])


class CartGrants:
    """The grant of a stored cart, shared by all who call it."""

    def __init__(self, cart_id: int) -> None:
        self.cart_id = cart_id

    def get_token(self, fetch: Fetch) -> str:
        granted = self._load()
        if has_ended(granted):
            return self.renew_token(granted["access"], fetch)
        return str(granted["access"])

    def renew_token(self, used: str, fetch: Fetch) -> str:
        """Renew under a lock of its own: no row stays locked while the cart is asked."""
        with self._lock():
            granted = self._load()
            if granted["access"] == used:
                granted = read_granted(fetch(granted["refresh"]))
                if not replace_granted(self.cart_id, used, granted):
                    granted = self._load()
            return str(granted["access"])

    @transaction.atomic
    def _load(self) -> dict[str, Any]:
        from cartsync.models import Cart

        granted = Cart.objects.values_list("granted", flat=True).get(pk=self.cart_id)
        if not granted:
            raise FixSettings("unapproved")
        return dict(granted)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        key = [f"cartsync.grant:{self.cart_id}"]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key)
            ours = cursor.fetchone()[0]
        if not ours:
            raise TryLater("busy", PAUSE)
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key
                )


@transaction.atomic
def store_granted(cart_id: int, granted: Granted) -> None:
    from cartsync.models import Cart

    Cart.objects.filter(pk=cart_id).update(granted=granted)


@transaction.atomic
def replace_granted(cart_id: int, used: str, granted: Granted) -> bool:
    """Store what came for the token that was used; not where the cart got another grant, or none, meanwhile."""
    from cartsync.models import Cart

    cart = Cart.objects.select_for_update(no_key=True).only("granted").get(pk=cart_id)
    if cart.granted.get("access") != used:
        return False
    store_granted(cart_id, granted)
    return True
