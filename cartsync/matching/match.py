"""Match members and customers by one key, email or phone as the cart says, and only one member with one customer.

One query serves linking, the states of the members and the reasons shown: how a cart decides about members who are not
linked to it. It can be asked, and the matching done, again at any time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from cartsync.matching.link import link_members
from cartsync.models import Cart, CartCustomer
from members.db import set_based
from tenants.scope import get_current_tenant_id

# The decisions: unique, or why a person must look: customers (several customers), taken (the customer is linked with
# another member), members (several members); ended (a person ended this pair: it is never linked again by itself).
DECISIONS = """
WITH asked AS MATERIALIZED (
    SELECT m.id, m.{key} AS key FROM members_member m
    WHERE m.tenant_id = %(tenant)s AND m.known_at IS NOT NULL AND m.deleted_at IS NULL AND m.{key} <> '' {only}
      AND NOT EXISTS (SELECT FROM cartsync_link l WHERE l.tenant_id = m.tenant_id AND l.cart_id = %(cart)s
                      AND l.member_id = m.id AND l.ended_at IS NULL)),
keys AS (SELECT DISTINCT key FROM asked),
cus AS MATERIALIZED (
    SELECT k.key, count(*) AS n, min(c.id) AS id FROM keys k
    JOIN cartsync_cartcustomer c ON c.tenant_id = %(tenant)s AND c.cart_id = %(cart)s AND c.{key} = k.key
    WHERE c.state = ANY(%(linkable)s) AND (NOT %(needs_order)s OR c.order_count > 0)
    GROUP BY k.key),
mem AS MATERIALIZED (
    SELECT c.key, count(*) AS n FROM cus c
    JOIN members_member m ON m.tenant_id = %(tenant)s AND m.{key} = c.key
    WHERE m.known_at IS NOT NULL AND m.deleted_at IS NULL
    GROUP BY c.key)
SELECT asked.id, cus.id, CASE
    WHEN cus.n > 1 THEN 'customers'
    WHEN EXISTS (SELECT FROM cartsync_link l WHERE l.tenant_id = %(tenant)s AND l.customer_id = cus.id
                 AND l.ended_at IS NULL) THEN 'taken'
    WHEN mem.n > 1 THEN 'members'
    WHEN EXISTS (SELECT FROM cartsync_link l WHERE l.tenant_id = %(tenant)s AND l.member_id = asked.id
                 AND l.customer_id = cus.id) THEN 'ended'
    ELSE 'unique' END
FROM asked JOIN cus USING (key) JOIN mem USING (key)
ORDER BY asked.id
"""
STATE = """CASE
    WHEN EXISTS (SELECT FROM cartsync_link l
                 JOIN cartsync_cart k ON k.tenant_id = l.tenant_id AND k.id = l.cart_id AND k.kind <> 'ordermail'
                 WHERE l.tenant_id = m.tenant_id AND l.member_id = m.id AND l.ended_at IS NULL) THEN 'linked'
    WHEN m.known_at IS NULL THEN 'unanswered'
    WHEN m.id = ANY(%(review)s) THEN 'review'
    ELSE 'known' END"""
STATES = f"""
UPDATE members_member m SET link_state = {STATE} WHERE m.tenant_id = %(tenant)s AND m.link_state <> {STATE} {{only}}
"""
FOR_A_PERSON = ("customers", "taken", "members")
PART = 20_000  # members linked in one transaction


@dataclass(frozen=True)
class MatchDecision:
    member_id: int
    customer_id: int  # one of them, when there are several
    verdict: str


def decide_matches(
    cart: Cart, member_ids: Sequence[int] | None = None, match_key: str = ""
) -> list[MatchDecision]:
    """Return how the cart decides about the members not linked to it (None: about all).

    There is no decision about a member for whom it has no customer. ``match_key``: decide as if the cart matched by
    this, for the count shown before a change.
    """
    column = {"email": "email_key", "phone": "phone_e164"}[match_key or cart.match_key]
    sql = DECISIONS.format(
        key=column, only="" if member_ids is None else "AND m.id = ANY(%(members)s)"
    )
    values: dict[str, Any] = {
        "tenant": get_current_tenant_id(),
        "cart": cart.pk,
        "members": list(member_ids or ()),
        "linkable": [str(state) for state in CartCustomer.LINKABLE],
        "needs_order": cart.needs_order,
    }
    with connection.cursor() as cursor, set_based(member_ids is None):
        cursor.execute(sql, values)
        return [MatchDecision(*row) for row in cursor.fetchall()]


@transaction.atomic
def match_members(cart: Cart, member_ids: Sequence[int] | None = None) -> list[int]:
    """Link every unique hit and set the states of the rest; return the ids of the members newly linked."""
    hits = [
        found for found in decide_matches(cart, member_ids) if found.verdict == "unique"
    ]
    linked = link_members(
        cart,
        [(hit.member_id, hit.customer_id) for hit in hits],
        matched_by=cart.match_key,
    )
    update_link_states(member_ids)
    return linked


def match_members_in_parts(cart: Cart) -> Iterator[list[int]]:
    """Link every unique hit, PART of them in a transaction, and yield the newly linked of each part.

    Setting the states of the rest is then for the caller.
    """
    with transaction.atomic():
        ids = [
            found.member_id
            for found in decide_matches(cart)
            if found.verdict == "unique"
        ]
    for start in range(0, len(ids), PART):
        yield match_members(cart, ids[start : start + PART])


@transaction.atomic
def update_link_states(member_ids: Sequence[int] | None = None) -> None:
    """Set Member.link_state from what is linked and what a person must decide (None: for everybody)."""
    review = {
        found.member_id
        for cart in Cart.objects.wanted()
        for found in decide_matches(cart, member_ids)
        if found.verdict in FOR_A_PERSON
    }
    sql = STATES.format(
        only="" if member_ids is None else "AND m.id = ANY(%(members)s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                "tenant": get_current_tenant_id(),
                "members": list(member_ids or ()),
                "review": sorted(review),
            },
        )


@dataclass(frozen=True)
class KeyChange:
    """What another match key would do: links it would add, and links it would not have made."""

    added: int
    kept: int
    unsupported: int


def preview_key_change(cart: Cart, match_key: str) -> KeyChange:
    """Count what another match key would change; existing links stay whatever the key.

    ``unsupported`` are those whose two sides disagree in the other key.
    """
    column = {"email": "email_key", "phone": "phone_e164"}[match_key]
    pairs = cart.links.current().values_list(f"member__{column}", f"customer__{column}")
    agree = sum(1 for ours, theirs in pairs.iterator() if ours and ours == theirs)
    added = sum(
        1
        for found in decide_matches(cart, match_key=match_key)
        if found.verdict == "unique"
    )
    return KeyChange(added=added, kept=agree, unsupported=pairs.count() - agree)
