"""Match members and customers by the LINE id, then by email or phone as the cart says, one member with one customer.

One query serves linking, the states of the members and the reasons shown: how a cart decides about members who are not
linked to it. It can be asked, and the matching done, again at any time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction

from cartsync.matching.link import link_members
from cartsync.models import Cart, CartCustomer
from members.db import set_based
from members.identity.shared_emails import Rule, load_email_rule
from members.models import Member
from tenants.scope import get_current_tenant_id

# The decisions: unique, or why a person must look: customers (several customers), taken (the customer is linked with
# another member), members (several members); ended (a person ended this pair: it is never linked again by itself).
DECISIONS = """
WITH asked AS MATERIALIZED (
    SELECT m.id, m.{key} AS key, NOT ({counted}) AS uncounted FROM members_member m
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
    SELECT c.key, count(*) FILTER (WHERE {counted}) AS n, count(*) AS every FROM cus c
    JOIN members_member m ON m.tenant_id = %(tenant)s AND m.{key} = c.key
    WHERE m.known_at IS NOT NULL AND m.deleted_at IS NULL
    GROUP BY c.key)
SELECT asked.id, cus.id, CASE
    WHEN cus.n > 1 THEN 'customers'
    WHEN EXISTS (SELECT FROM cartsync_link l WHERE l.tenant_id = %(tenant)s AND l.customer_id = cus.id
                 AND l.ended_at IS NULL) THEN 'taken'
    WHEN mem.n > 1 OR (asked.uncounted AND mem.every > 1) THEN 'members'
    WHEN EXISTS (SELECT FROM cartsync_link l WHERE l.tenant_id = %(tenant)s AND l.member_id = asked.id
                 AND l.customer_id = cus.id) THEN 'ended'
    ELSE 'unique' END
FROM asked JOIN cus USING (key) JOIN mem USING (key)
ORDER BY asked.id
"""
# The same by the LINE id that the cart knows; nobody needs to have answered anything.
LINE_DECISIONS = """
WITH pairs AS MATERIALIZED (
    SELECT m.id, count(*) AS n, min(c.id) AS customer_id FROM members_member m
    JOIN cartsync_cartcustomer c ON c.tenant_id = m.tenant_id AND c.cart_id = %(cart)s AND c.line_id = m.line_user_id
    WHERE m.tenant_id = %(tenant)s AND m.deleted_at IS NULL AND m.line_user_id <> '' AND c.line_id <> '' {only}
      AND c.state = ANY(%(linkable)s) AND (NOT %(needs_order)s OR c.order_count > 0)
      AND NOT EXISTS (SELECT FROM cartsync_link l WHERE l.tenant_id = m.tenant_id AND l.cart_id = %(cart)s
                      AND l.member_id = m.id AND l.ended_at IS NULL)
    GROUP BY m.id)
SELECT p.id, p.customer_id, CASE
    WHEN p.n > 1 THEN 'customers'
    WHEN EXISTS (SELECT FROM cartsync_link l WHERE l.tenant_id = %(tenant)s AND l.customer_id = p.customer_id
                 AND l.ended_at IS NULL) THEN 'taken'
    WHEN EXISTS (SELECT FROM cartsync_link l WHERE l.tenant_id = %(tenant)s AND l.member_id = p.id
                 AND l.customer_id = p.customer_id) THEN 'ended'
    ELSE 'unique' END
FROM pairs p ORDER BY p.id
"""
# Of which members share an address, those who left the shop do not count (メールアドレスの重複: 退会のみ重複可).
# One who left is linked only where nobody else has the address.
WITHOUT_LEFT = "m.cart_state <> 'left'"
STATE = """CASE
    WHEN EXISTS (SELECT FROM cartsync_link l
                 JOIN cartsync_cart k ON k.tenant_id = l.tenant_id AND k.id = l.cart_id AND k.kind <> 'ordermail'
                 WHERE l.tenant_id = m.tenant_id AND l.member_id = m.id AND l.ended_at IS NULL) THEN 'linked'
    WHEN m.known_at IS NULL THEN 'unanswered'
    WHEN m.id = ANY(%(review)s::bigint[]) THEN 'review'
    ELSE 'known' END"""
STATES = f"""
UPDATE members_member m SET link_state = {STATE} WHERE m.tenant_id = %(tenant)s AND m.link_state <> {STATE} {{only}}
"""
# What Link.matched_by says of a link by the LINE id.
LINE = "line"
FOR_A_PERSON = ("customers", "taken", "members")
PART = 100_000  # members linked in one transaction
LOOKED_AT = 1_000


@dataclass(frozen=True)
class MatchDecision:
    member_id: int
    customer_id: int  # one of them, when there are several
    verdict: str
    matched_by: str = ""

    @property
    def is_unique(self) -> bool:
        return self.verdict == "unique"


def build_decisions_sql(cart: Cart, only: str = "", email_rule: str = "") -> str:
    """Return the statement that decides by the cart's key, perhaps under another rule than now."""
    column = cart.key_column
    by_email = column == "email_key"
    leave_out = by_email and (email_rule or load_email_rule()) == Rule.LEFT
    return DECISIONS.format(
        key=column, only=only, counted=WITHOUT_LEFT if leave_out else "true"
    )


def decide_matches(
    cart: Cart,
    member_ids: Sequence[int] | None = None,
    email_rule: str = "",
) -> list[MatchDecision]:
    """Return how the cart decides about the members not linked to it (None: about all), one decision a member.

    There is no decision about a member for whom it has no customer. The LINE id comes first where the cart uses it,
    then the cart's key. ``email_rule``: decide as if the shop had this rule about shared addresses, for the count shown
    before a change.
    """
    only = "" if member_ids is None else "AND m.id = ANY(%(members)s::bigint[])"
    by_key = _decide(
        cart,
        build_decisions_sql(cart, only, email_rule),
        member_ids,
        cart.match_key,
    )
    if not cart.uses_line_id:
        return by_key
    by_line = _decide(cart, LINE_DECISIONS.format(only=only), member_ids, LINE)
    decided = {found.member_id for found in by_line}
    rest = [found for found in by_key if found.member_id not in decided]
    if member_ids is None:
        owners = {one.customer_id: one.member_id for one in by_line if one.is_unique}
    else:  # whose id it is may be somebody who was not asked about
        owners = _find_line_owners([one.customer_id for one in rest if one.is_unique])
    return by_line + [
        replace(found, verdict="taken")
        if owners.get(found.customer_id, found.member_id) != found.member_id
        else found
        for found in rest
    ]


def _find_line_owners(customer_ids: Sequence[int]) -> dict[int, int]:
    """Return the member whose LINE id each of these customers has, by customer id."""
    customers = CartCustomer.objects.filter(pk__in=customer_ids).exclude(line_id="")
    ids = dict(customers.values_list("pk", "line_id"))
    members = Member.objects.filter(line_user_id__in=ids.values(), deleted_at=None)
    owners = dict(members.values_list("line_user_id", "pk"))
    return {pk: owners[line] for pk, line in ids.items() if line in owners}


def _decide(
    cart: Cart, sql: str, member_ids: Sequence[int] | None, matched_by: str
) -> list[MatchDecision]:
    values: dict[str, Any] = {
        "tenant": get_current_tenant_id(),
        "cart": cart.pk,
        "members": list(member_ids or ()),
        "linkable": [str(state) for state in CartCustomer.LINKABLE],
        "needs_order": cart.needs_order,
    }
    with connection.cursor() as cursor, set_based(member_ids is None):
        cursor.execute(sql, values)
        return [
            MatchDecision(member_id, customer_id, verdict, matched_by)
            for member_id, customer_id, verdict in cursor.fetchall()
        ]


@transaction.atomic
def match_members(cart: Cart, member_ids: Sequence[int] | None = None) -> list[int]:
    """Link every unique hit and set the states of the rest; return the ids of the members newly linked."""
    linked = link_unique_hits(cart, member_ids)
    update_link_states(member_ids)
    return linked


@transaction.atomic
def link_unique_hits(cart: Cart, member_ids: Sequence[int] | None = None) -> list[int]:
    """Link every unique hit, and return the ids of the members newly linked; the states of the rest stay."""
    pairs: dict[str, list[tuple[int, int]]] = {}
    for found in decide_matches(cart, member_ids):
        if found.verdict == "unique":
            pair = (found.member_id, found.customer_id)
            pairs.setdefault(found.matched_by, []).append(pair)
    return [
        member_id
        for matched_by, some in pairs.items()
        for member_id in link_members(cart, some, matched_by=matched_by)
    ]


def match_members_in_parts(cart: Cart) -> Iterator[list[int]]:
    """Link every unique hit, PART of them in a transaction, and yield the newly linked of each part.

    Setting the states of the rest is then for the caller, once for everybody.
    """
    with transaction.atomic():
        ids = [
            found.member_id
            for found in decide_matches(cart)
            if found.verdict == "unique"
        ]
    for start in range(0, len(ids), PART):
        yield link_unique_hits(cart, ids[start : start + PART])


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
        only="" if member_ids is None else "AND m.id = ANY(%(members)s::bigint[])"
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
class LineIdCheck:
    """How many customers the cart knows the LINE id of, and how many of those ids are our friends'."""

    known: int
    ours: int


def check_line_ids(cart: Cart) -> LineIdCheck:
    """Compare the LINE ids that the cart knows with ours: they are alike only within one provider of LINE.

    Looked at are the newest customers with an id, LOOKED_AT of them.
    """
    newest = cart.customers.exclude(line_id="").order_by("-pk")
    ids = list(newest.values_list("line_id", flat=True)[:LOOKED_AT])
    ours = Member.objects.filter(line_user_id__in=ids).count()
    return LineIdCheck(len(ids), ours)
