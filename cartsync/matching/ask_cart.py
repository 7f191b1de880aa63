"""即時判定: as soon as somebody answers, the carts are asked for exactly this person."""

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from celery import current_app
from django.db import transaction

from cartsync.connectors.base import Capability, Customer, Key, Resource
from cartsync.connectors.kinds import build_connector, get_connector_class
from cartsync.matching.link import flag_changed_links
from cartsync.matching.match import (
    FOR_A_PERSON,
    decide_matches,
    match_members,
    match_members_in_parts,
    update_link_states,
)
from cartsync.models import Cart, CartCustomer, Link
from cartsync.ordermail.lock import lock_if_mails_bring_orders
from cartsync.sync.store import store_rows
from members.models import IdentityRecord, Member
from members.normalize.emails import normalize_email
from members.normalize.phones import normalize_phone
from members.signals import records_decided
from outbound.errors import OutboundError
from outbound.valkey import is_valkey_there
from tenants.models import Tenant
from tenants.wakeups import wake

logger = logging.getLogger(__name__)
Outcome = IdentityRecord.Outcome
# Of what several carts say, the first here is told.
BY_WEIGHT = (
    Outcome.LINKED,
    Outcome.REVIEW,
    Outcome.UNAVAILABLE,
    Outcome.NOT_FOUND,
    Outcome.NOT_ASKED,
)
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
    replies = {
        cart.pk: ask_cart(cart, member, end - time.monotonic()) for cart in carts
    }
    with transaction.atomic():
        # No cart is asked about somebody whose phone or email was undone, but the state changes.
        update_link_states([member_id])
        asked = IdentityRecord.objects.filter(member=member_id, outcome=Outcome.ASKING)
        decided = []
        for record in asked.order_by("received_at", "pk"):
            record.outcome = determine_outcome(record, member, carts, replies)
            record.save(update_fields=["outcome"])
            decided.append(record.pk)
        if decided:
            records_decided.send(IdentityRecord, tenant=tenant, record_ids=decided)
    return None


class Reply(Enum):
    """How a cart replied to the question about one member."""

    ANSWERED = "answered"
    SILENT = "silent"
    NOT_ASKED = "not asked"  # there is no key to ask by, or nothing to be learned


def ask_cart(cart: Cart, member: Member, seconds: float) -> Reply:
    """Ask the cart for the member, also one who is linked and answers another number than the customer's.

    What it knows of the member is stored and matched, for this member only.
    """
    key: str = getattr(member, cart.key_column)
    with transaction.atomic():
        link = find_link(cart, member)
    if (
        not key
        or (link and getattr(link.customer, cart.key_column) == key)
        or not can_be_asked(cart)
    ):
        return Reply.NOT_ASKED
    if seconds <= 0:
        return Reply.SILENT
    try:
        connector = build_connector(cart, seconds)
        found = [
            customer
            for customer in connector.find({Key(cart.match_key): key})
            if key in collect_keys(customer)
        ]
        orders = (
            [order for one in found for order in connector.orders_of(one.external_id)]
            if cart.needs_order
            else []
        )
    except OutboundError as error:
        logger.info("Cart %s did not answer: %s", cart.pk, error.code)
        return Reply.SILENT
    with transaction.atomic():
        if orders:  # this lock comes before those of members
            lock_if_mails_bring_orders()
        store_rows(cart, Resource.CUSTOMERS, found)
        store_rows(cart, Resource.ORDERS, orders)
        match_members(cart, [member.pk])
    return Reply.ANSWERED


def can_be_asked(cart: Cart) -> bool:
    """Return whether the cart finds a customer by the key that it matches by."""
    connector = get_connector_class(cart.kind)
    found_by = Key(cart.match_key) in connector.keys
    return found_by and Capability.FIND_CUSTOMER in connector.capabilities


def find_link(cart: Cart, member: Member) -> Link | None:
    links = Link.objects.current().filter(cart=cart, member=member)
    return links.select_related("customer").first()


def collect_keys(customer: Customer) -> set[str]:
    """Return the customer's email and phone as keys, to check what was found.

    A cart may ignore a filter it does not know: only who really has the key was found.
    """
    return {normalize_email(customer.email), normalize_phone(customer.phone)}


def determine_outcome(
    record: IdentityRecord,
    member: Member,
    carts: Sequence[Cart],
    replies: Mapping[int, Reply],
) -> str:
    """Return what came of this very answer: a link counts only where it stands for what was answered.

    Nobody is told "not found" about a value that no cart looked for.
    """
    found = {
        determine_outcome_at(cart, record, member, replies[cart.pk]) for cart in carts
    }
    return next(
        (outcome for outcome in BY_WEIGHT if outcome in found), Outcome.NOT_ASKED
    )


def determine_outcome_at(
    cart: Cart, record: IdentityRecord, member: Member, reply: Reply
) -> str:
    answered, current = (
        get_answered_key(cart, record, member),
        getattr(member, cart.key_column),
    )
    link = find_link(cart, member)
    if link and answered in ("", getattr(link.customer, cart.key_column)):
        return Outcome.LINKED
    if link:
        same = cart.customers.filter(
            **{cart.key_column: answered}, state__in=CartCustomer.LINKABLE
        )
        if same.exists():
            return Outcome.REVIEW
    elif any(
        found.verdict in (*FOR_A_PERSON, "ended")
        for found in decide_matches(cart, [member.pk])
    ):
        return Outcome.REVIEW
    if not answered or answered != current or reply is Reply.NOT_ASKED:
        return Outcome.NOT_ASKED
    return Outcome.NOT_FOUND if reply is Reply.ANSWERED else Outcome.UNAVAILABLE


def get_answered_key(cart: Cart, record: IdentityRecord, member: Member) -> str:
    """Return what the answer says of the cart's key; who confirmed what was known answered the member's own."""
    if not record.email and not record.phone:
        return str(getattr(member, cart.key_column))
    return str(getattr(record, cart.key_column))


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
