"""即時判定: as soon as somebody answers, the carts are asked for exactly this person."""

import logging
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from celery import current_app
from django.db import transaction

from cartsync.connectors.base import Capability, Customer, Resource
from cartsync.connectors.kinds import build_connector, get_connector_class
from cartsync.matching.link import flag_changed_links
from cartsync.matching.match import (
    FOR_A_PERSON,
    decide_matches,
    match_members,
    match_members_in_parts,
    update_link_states,
)
from cartsync.models import Cart, Link
from cartsync.sync.store import store_rows
from members.models import IdentityRecord, Member
from members.normalize.keys import normalize_email, normalize_phone
from outbound.errors import OutboundError
from outbound.valkey import is_valkey_there
from tenants.models import Tenant
from tenants.wakeups import wake

logger = logging.getLogger(__name__)
Outcome = IdentityRecord.Outcome
# The answer must be on the customer's screen within 3 seconds.
LONGEST_ASK = 2.5
# An import is matched against what the polls brought, not asked for one by one.
MOST_AT_ONCE = 10


def handle_identity_change(
    sender: object,
    tenant: Tenant,
    member_ids: Sequence[int],
    record_ids: Sequence[int] = (),
    **kwargs: Any,
) -> None:
    """Book what a new answer calls for, in its transaction; once it is committed, have it done at once.

    Where there never was a cart nobody can be linked or in question, and what else a state says is stored with the
    answers.
    """
    if not Cart.objects.exists():
        return
    flag_changed_links(member_ids=member_ids)
    if not Cart.objects.active().exists():
        update_link_states(member_ids)
        return
    if len(member_ids) > MOST_AT_ONCE:
        wake(tenant, "cartsync.match")
    else:
        IdentityRecord.objects.filter(pk__in=record_ids).update(outcome=Outcome.ASKING)
        for member_id in member_ids:
            wake(tenant, "cartsync.ask", subject=member_id)
    transaction.on_commit(hand_out_wakeups)


def hand_out_wakeups() -> None:
    """Hand out the due wakeups now, not at the next tick; should the broker be away, the tick will do."""
    if not is_valkey_there():
        return  # a web request must not wait for a broker that hangs
    try:
        current_app.send_task("tenants.tick", expires=30, retry=False)
    except Exception:
        logger.warning(
            "The broker cannot be reached; the next tick takes over.", exc_info=True
        )


def ask_all_carts(tenant: Tenant, member_id: int) -> datetime | None:
    """Ask every active cart for this member, link a unique hit, and record what came of it."""
    end = time.monotonic() + LONGEST_ASK
    with transaction.atomic():
        member = Member.objects.filter(pk=member_id).first()
        carts = list(Cart.objects.active().select_related("linked_tag", "tenant"))
    if not member:
        return None
    answered = [ask_cart(cart, member, end - time.monotonic()) for cart in carts]
    with transaction.atomic():
        # No cart is asked about somebody whose phone or email was undone, but the state changes.
        update_link_states([member_id])
        asked = IdentityRecord.objects.filter(member=member_id, outcome=Outcome.ASKING)
        asked.update(outcome=determine_outcome(member_id, carts, all(answered)))
    return None


def ask_cart(cart: Cart, member: Member, seconds: float) -> bool:
    """Ask the cart for the member; return whether it answered, or had nothing to be asked.

    What it knows of the member is stored and matched, for this member only.
    """
    key: str = getattr(member, cart.key_column)
    with transaction.atomic():
        linked = Link.objects.current().filter(cart=cart, member=member).exists()
    if (
        not key
        or linked
        or Capability.FIND_CUSTOMER not in get_connector_class(cart.kind).capabilities
    ):
        return True
    if seconds <= 0:
        return False
    try:
        connector = build_connector(cart, seconds)
        found = [
            customer
            for customer in connector.find_customers(**{cart.match_key: key})
            if key in collect_keys(customer)
        ]
        orders = (
            [order for one in found for order in connector.orders_of(one.external_id)]
            if cart.needs_order
            else []
        )
    except OutboundError as error:
        logger.info("Cart %s did not answer: %s", cart.pk, error.code)
        return False
    with transaction.atomic():
        store_rows(cart, Resource.CUSTOMERS, found)
        store_rows(cart, Resource.ORDERS, orders)
        match_members(cart, [member.pk])
    return True


def collect_keys(customer: Customer) -> set[str]:
    """Return the customer's email and phone as keys, to check what was found.

    A cart may ignore a filter it does not know: only who really has the key was found.
    """
    return {normalize_email(customer.email), normalize_phone(customer.phone)}


def determine_outcome(member_id: int, carts: Sequence[Cart], all_answered: bool) -> str:
    if Link.objects.current().filter(member=member_id).exists():
        return Outcome.LINKED
    if any(
        found.verdict in FOR_A_PERSON
        for cart in carts
        for found in decide_matches(cart, [member_id])
    ):
        return Outcome.REVIEW
    return Outcome.NOT_FOUND if all_answered else Outcome.UNAVAILABLE


def match_known_members(tenant: Tenant) -> None:
    """Match everybody, after an import, against what the polls brought."""
    with transaction.atomic():
        carts = list(Cart.objects.active().select_related("linked_tag", "tenant"))
    for cart in carts:
        # Half a first reading would make two customers look like one.
        if cart.read_until:
            for _linked in match_members_in_parts(cart):
                pass
    update_link_states()
