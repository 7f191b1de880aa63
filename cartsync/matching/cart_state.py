"""Member.cart_state: the strongest state among the carts that a member is linked with; "" without a link."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from cartsync.models import Cart, CartCustomer, Link
from tenants.scope import get_current_tenant_id

State = CartCustomer.State
# For somebody who left one cart and only looked into another, what counts is the one that they left.
STRONGEST = (State.MEMBER, State.PROVISIONAL, State.GUEST, State.LEFT, State.VISITOR)
# (member_id, state) of those who are linked, found for all at once: asked member by member, links that came in just
# now, of which the planner knows nothing, are all looked through for every one of them. OFFSET 0 keeps it from going
# through all customers instead. The ids come as integer[] unless they are cast, and a bigint is looked for in those one
# after the other; in bigint[] by a hash.
STRONGEST_OF = """
(SELECT l.member_id, (array_agg(c.state ORDER BY array_position(%(order)s::text[], c.state::text)))[1] AS state
 FROM cartsync_link l CROSS JOIN LATERAL (
     SELECT c.state FROM cartsync_cartcustomer c WHERE c.tenant_id = %(tenant)s AND c.id = l.customer_id OFFSET 0) c
 WHERE l.tenant_id = %(tenant)s AND l.ended_at IS NULL AND l.member_id = ANY(%(members)s::bigint[])
 GROUP BY l.member_id)
"""
UPDATE = f"""
UPDATE members_member m SET cart_state = coalesce(found.state, '')
FROM unnest(%(members)s::bigint[]) AS asked(id) LEFT JOIN {STRONGEST_OF} found ON found.member_id = asked.id
WHERE m.tenant_id = %(tenant)s AND m.id = asked.id AND m.id = ANY(%(members)s::bigint[])
  AND m.cart_state <> coalesce(found.state, '')
"""


def build_state_values(member_ids: Sequence[int]) -> dict[str, Any]:
    """Return the values of a statement with STRONGEST_OF in it."""
    return {
        "tenant": get_current_tenant_id(),
        "members": list(member_ids),
        "order": [str(state) for state in STRONGEST],
    }


def update_cart_states(member_ids: Sequence[int]) -> int:
    """Update the state of these members, in the caller's transaction; return how many changed."""
    if not member_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, build_state_values(member_ids))
        return cursor.rowcount


def update_cart_states_of_customers(cart: Cart, external_ids: Sequence[str]) -> int:
    """Update the state of the members linked with these customers; return how many changed."""
    customers = cart.customers.filter(external_id__in=list(external_ids))
    ids = list(customers.values_list("pk", flat=True)) if external_ids else []
    links = Link.objects.current().filter(cart=cart, customer__in=ids)
    return update_cart_states(
        list(links.values_list("member_id", flat=True)) if ids else []
    )
