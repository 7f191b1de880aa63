"""Which of a customer's subscriptions is meant."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from cartsync.connectors.base import Subscription
from cartsync.models import CartSubscription
from rpa.models import RpaSettings

State = CartSubscription.State
LIVING = (State.ACTIVE, State.SUSPENDED)


@dataclass(frozen=True)
class Product:
    """What the request says of the product; "" where it says nothing. ``subscription``: its id at the cart."""

    name: str = ""
    code: str = ""
    subscription: str = ""


def fold_product(text: str) -> str:
    """Return the form in which products are compared: one width, one case, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def is_same_product(
    product: Product, found: Subscription, settings: RpaSettings
) -> bool:
    """Return whether the subscription is of this product, by all that was said and is compared."""
    pairs = []
    if settings.compares_product_name and product.name:
        pairs.append((product.name, found.product))
    if settings.compares_product_code and product.code:
        pairs.append((product.code, found.product_code))
    return all(fold_product(said) == fold_product(has) for said, has in pairs)


def find_subscriptions(
    product: Product, subscriptions: Sequence[Subscription], settings: RpaSettings
) -> list[Subscription]:
    """Return the living subscriptions that are of this product; several, or none, are for a person.

    One that was chosen by its id must be of the product as well: our copy may have been older than the cart.
    """
    return [
        each
        for each in subscriptions
        if each.state in LIVING
        and product.subscription in ("", each.external_id)
        and is_same_product(product, each, settings)
    ]
