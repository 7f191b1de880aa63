"""Add a cart, change its settings, switch it, have it polled now."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from cartsync.connectors.grants import Granted, store_granted
from cartsync.connectors.kinds import get_connector_class
from cartsync.matching.ask_cart import hand_out_wakeups
from cartsync.models import Cart
from members.tags.names import get_or_create_tag
from operators import audit
from tenants.wakeups import wake

FIELDS = (
    "name",
    "frequency",
    "match_key",
    "uses_line_id",
    "linked_tag",
    "untag_on_end",
    "needs_order",
    "lock_days",
)


@transaction.atomic
def add_cart(kind: str, values: dict[str, Any]) -> Cart:
    """Add a cart and poll it at once.

    ``values``: the cleaned settings form; ``tag`` is the linked tag's name, made when there is none.
    """
    settings = build_settings(kind, values, {})
    cart = Cart.objects.create(kind=kind, settings=settings, **_build_columns(values))
    audit.record_action("cart.added", cart, kind=kind)
    poll_now(cart)
    return cart


@transaction.atomic
def change_cart(cart: Cart, values: dict[str, Any]) -> list[str]:
    """Change the cart's settings and return the names of what changed.

    A blank secret leaves the old one; a cart that stopped by itself starts again.
    """
    columns = _build_columns(values) | {
        "settings": build_settings(cart.kind, values, cart.settings)
    }
    address, client = cart.base_url, cart.settings.get("client_id")
    changed = [name for name, value in columns.items() if getattr(cart, name) != value]
    for name, value in columns.items():
        setattr(cart, name, value)
    if cart.base_url != address:  # perhaps another shop: everything is read again
        cart.read_until, cart.cursor, cart.news_from = None, None, timezone.now()
        changed += ["read_until", "cursor", "news_from"]
    if (cart.base_url, cart.settings.get("client_id")) != (address, client):
        cart.granted = {}
        changed.append("granted")
    if cart.stopped_reason:
        cart.is_active, cart.stopped_reason, cart.failures = True, "", 0
        changed += ["is_active", "stopped_reason", "failures"]
    if changed:
        cart.save(update_fields=changed)
        audit.record_action("cart.changed", cart, fields=changed)
        poll_now(cart)
    return changed


def _build_columns(values: dict[str, Any]) -> dict[str, Any]:
    """Return the form's values as columns."""
    name = values.get("tag", "")
    columns = values | {"linked_tag": get_or_create_tag(name) if name else None}
    return {name: columns[name] for name in FIELDS if name in columns}


def build_settings(
    kind: str, values: dict[str, Any], stored: dict[str, Any]
) -> dict[str, Any]:
    """Return what the connector's own form asked for; a secret left blank stays as it is stored."""
    connector = get_connector_class(kind)
    chosen = {
        name: stored.get(name)
        if name in connector.secret_fields and not values.get(name)
        else values.get(name)
        for name in connector.settings_form.base_fields
    }
    return {name: value for name, value in chosen.items() if value not in (None, "")}


@transaction.atomic
def switch_cart(cart: Cart, on: bool) -> None:
    """Switch the cart on or off. Off means no poll and no question; links and settings stay."""
    cart.is_active, cart.stopped_reason, cart.failures = on, "", 0
    cart.save(update_fields=["is_active", "stopped_reason", "failures"])
    audit.record_action("cart.switched", cart, on=on)
    if on:
        poll_now(cart)


def is_awaiting_approval(cart: Cart) -> bool:
    """Return whether nobody has approved the connection at the cart yet."""
    return get_connector_class(cart.kind).needs_approval and not cart.granted


@transaction.atomic
def approve_cart(cart: Cart, granted: Granted) -> None:
    """Store what the cart granted to an operator, and poll it; one that stopped for want of it starts again."""
    store_granted(cart.pk, granted)
    cart.granted = dict(granted)
    if cart.stopped_reason:
        cart.is_active, cart.stopped_reason, cart.failures = True, "", 0
        cart.save(update_fields=["is_active", "stopped_reason", "failures"])
    audit.record_action("cart.approved", cart)
    poll_now(cart)


@transaction.atomic
def poll_now(cart: Cart) -> None:
    if cart.is_active and not is_awaiting_approval(cart):
        wake(cart.tenant, "cartsync.poll", subject=cart.pk)
        transaction.on_commit(hand_out_wakeups)


@transaction.atomic
def request_poll(cart: Cart) -> None:
    """Poll the cart because an operator asks for it (今すぐ連携)."""
    audit.record_action("cart.poll_requested", cart)
    poll_now(cart)
