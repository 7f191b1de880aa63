"""A cart's webhook is a hint: it says that something changed, and the poll fetches what. Nothing in it is believed."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from cartsync.connectors.kinds import get_connector_class
from cartsync.matching.ask_cart import hand_out_wakeups
from cartsync.models import Cart
from cartsync.sync.manage import is_awaiting_approval
from tenants.wakeups import wake

# However often a cart hints, it is polled no more often than this.
LEAST_PAUSE = timedelta(minutes=1)


def is_hint(cart: Cart, body: bytes, headers: Mapping[str, str]) -> bool:
    """Return whether the cart signed these very bytes with the key that the shop entered."""
    connector = get_connector_class(cart.kind)
    key = str(cart.settings.get(connector.hint_key, "")) if connector.hint_key else ""
    return bool(key) and connector.is_signed(key, body, headers)


@transaction.atomic
def take_hint(cart: Cart) -> None:
    """Poll the cart soon. The same hint again, or many at once, are one poll.

    A cart that failed is left alone as long as it asked for, or its pause lasts; the poll after that is set already.
    """
    if not cart.is_active or cart.failures or is_awaiting_approval(cart):
        return
    wake(cart.tenant, "cartsync.poll", at=find_next_turn(cart), subject=cart.pk)
    transaction.on_commit(hand_out_wakeups)


def find_next_turn(cart: Cart) -> datetime:
    """Return when the cart may be polled again: now, or LEAST_PAUSE after its newest poll."""
    newest = cart.runs.newest().values_list("started_at", flat=True).first()
    now = timezone.now()
    return max(newest + LEAST_PAUSE, now) if newest else now
