"""Identify: which customer, and which of their subscriptions. One of each, or a person decides."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from cartsync.models import Link
from members.models import Member
from rpa.evidence.record import record_traces
from rpa.executors.base import Executor
from rpa.models import CancellationRequest, RpaSettings
from rpa.requests.state import build_candidate, hand_to_person, identify_request
from rpa.search.ask_cart import Search
from rpa.search.decide import Finding
from rpa.search.products import Product, find_subscriptions

MOST_CANDIDATES = 8


def find_subscription(
    request: CancellationRequest, settings: RpaSettings, executor: Executor
) -> None:
    """Search the customer at the cart, then the subscription among theirs."""
    search = executor.search(settings, request.given)
    decision = search.decision
    if decision.finding != Finding.UNIQUE:
        rows = build_candidates(search, decision.candidates, executor)
        hand_over(request, search, str(decision.finding), rows)
        return
    subscriptions = executor.list_subscriptions(decision.customer)
    fitting = find_subscriptions(
        Product(request.product, request.product_code, request.wanted_subscription),
        subscriptions,
        settings,
    )
    customer = search.customers[decision.customer]
    if len(fitting) != 1:
        why = "two_subscriptions" if fitting else "no_subscription"
        row = build_candidate(customer, fitting or subscriptions)
        hand_over(request, search, why, [row])
        return
    with transaction.atomic():
        owner = find_linked_member(request, customer.external_id)
        is_anothers = is_of_another(request, customer.external_id, owner)
    if request.is_stranger or is_anothers:
        # Whoever knows an address could cancel for its owner: a person looks first.
        hand_over(request, search, "stranger", [build_candidate(customer, fitting)])
        return
    with transaction.atomic():
        record_traces(request, search.traces)
        found_by = settings.conditions.index(decision.by) + 1
        if not identify_request(
            request,
            fitting[0],
            search.points,
            customer_number=customer.number,
            found_by=found_by,
            member=request.member or owner,
        ):
            hand_to_person(request, "open_twice", [build_candidate(customer, fitting)])


def find_linked_member(request: CancellationRequest, external_id: str) -> Member | None:
    """Return the member who is linked with the customer at this cart."""
    links = Link.objects.current().filter(
        cart=request.cart, customer__external_id=external_id
    )
    link = links.select_related("member").first()
    return link.member if link else None


def is_of_another(
    request: CancellationRequest, external_id: str, owner: Member | None
) -> bool:
    """Return whether the member or the customer is linked at this cart with somebody else."""
    if not request.member_id:
        return False
    if owner:
        return owner.pk != request.member_id
    own = Link.objects.current().filter(cart=request.cart, member=request.member_id)
    return own.exclude(customer__external_id=external_id).exists()


def hand_over(
    request: CancellationRequest,
    search: Search,
    why: str,
    rows: Sequence[dict[str, Any]],
) -> None:
    with transaction.atomic():
        record_traces(request, search.traces)
        hand_to_person(request, why, rows)


def build_candidates(
    search: Search, ids: Sequence[str], executor: Executor
) -> list[dict[str, Any]]:
    """Return the customers that a person compares, with their subscriptions."""
    return [
        build_candidate(search.customers[each], executor.list_subscriptions(each))
        for each in ids[:MOST_CANDIDATES]
    ]
