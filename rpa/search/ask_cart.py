"""The search itself: the cart is asked, our copy only proposes who might have a name.

A cart may ignore a filter that it does not know: only who really has the key was found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.utils import timezone

from cartsync.connectors.base import Customer, Key
from cartsync.models import Cart, CartCustomer
from members.normalize.emails import normalize_email
from members.normalize.names import normalize_name
from members.normalize.phones import normalize_phone
from rpa.models import RpaSettings, SearchKey
from rpa.search.decide import Decision, decide_customer
from rpa.search.masks import mask_value

MOST_NAMESAKES = 20
NORMALIZE = {
    SearchKey.NAME: normalize_name,
    SearchKey.PHONE: normalize_phone,
    SearchKey.EMAIL: normalize_email,
}
ASKED_BY = {SearchKey.PHONE: Key.PHONE, SearchKey.EMAIL: Key.EMAIL}
KEYS_OF_CART = {key: own for own, key in ASKED_BY.items()}


class Finder(Protocol):
    """What can be asked for customers: a connector, or the robot at the admin site."""

    def find(self, keys: Mapping[Key, str]) -> list[Customer]: ...


@dataclass(frozen=True)
class Trace:
    """What one condition found: the evidence of the search. ``hits`` None: nothing was given to search by."""

    key: str
    masked: str
    hits: int | None
    at: datetime


@dataclass
class Search:
    """What a search found: the decision, the customers by id, a trace for each condition, and which of them agree."""

    decision: Decision
    customers: dict[str, Customer] = field(default_factory=dict)
    traces: list[Trace] = field(default_factory=list)
    # The keys that found the customer: an agreement of n points.
    points: list[str] = field(default_factory=list)


def normalize_values(values: Mapping[str, str]) -> dict[str, str]:
    """Return the keys that are searched: {"name": …, "phone": E.164, "email": …}, "" for what cannot be used."""
    return {key: normalize(values.get(key, "")) for key, normalize in NORMALIZE.items()}


def search_customer(
    cart: Cart, connector: Finder, settings: RpaSettings, values: Mapping[str, str]
) -> Search:
    """Ask the cart for each ticked key and decide. Raise outbound's errors when the cart does not answer."""
    given = normalize_values(values)
    customers: dict[str, Customer] = {}
    hits: dict[str, frozenset[str] | None] = {}
    times: dict[str, datetime] = {}
    # The name comes last: it is compared with those whom the other keys found as well.
    for key in sorted(settings.conditions, key=lambda each: each == SearchKey.NAME):
        found = (
            find_by_key(cart, connector, key, given[key], customers)
            if given[key]
            else None
        )
        for customer in found or ():
            customers[customer.external_id] = customer
        hits[key] = (
            None if found is None else frozenset(each.external_id for each in found)
        )
        times[key] = timezone.now()
    traces = [
        Trace(
            key,
            mask_value(key, given[key]),
            None if hits[key] is None else len(hits[key] or ()),
            times[key],
        )
        for key in settings.conditions
    ]
    decision = decide_customer(settings.mode, settings.conditions, hits)
    found_by = [
        key for key, found in hits.items() if decision.customer in (found or ())
    ]
    points = [key for key in settings.conditions if key in found_by]
    return Search(decision, customers, traces, points)


def find_by_key(
    cart: Cart,
    connector: Finder,
    key: str,
    value: str,
    known: Mapping[str, Customer],
) -> list[Customer]:
    """Return the customers at the cart who have this value."""
    if key == SearchKey.NAME:
        found = find_namesakes(cart, connector, value, known)
    else:
        found = connector.find({ASKED_BY[SearchKey(key)]: value})
    return [
        each
        for each in found
        if each.state in CartCustomer.LINKABLE and get_key(each, key) == value
    ]


def get_key(customer: Customer, key: str) -> str:
    """Return the customer's own value of a key, as it is compared."""
    return NORMALIZE[SearchKey(key)](getattr(customer, key))


def find_namesakes(
    cart: Cart, connector: Finder, name_key: str, known: Mapping[str, Customer]
) -> list[Customer]:
    """Return whom the other keys found, and whom our copy proposes, as the cart has them now.

    No cart searches by name: the copy says who might be meant.
    """
    with transaction.atomic():
        rows = CartCustomer.objects.filter(cart=cart, name_key=name_key)
        ids = list(
            rows.filter(state__in=CartCustomer.LINKABLE)
            .order_by("external_id")
            .values_list("external_id", flat=True)[:MOST_NAMESAKES]
        )
    fresh = [
        customer
        for external_id in ids
        if external_id not in known
        for customer in connector.find({Key.EXTERNAL_ID: external_id})
        if customer.external_id == external_id
    ]
    return [*known.values(), *fresh]
