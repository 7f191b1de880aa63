"""Count what customers bought, again: the three counts, which are never mixed."""

from collections.abc import Sequence

from django.db import connection

from cartsync.models import Cart

# What one customer of the cart has, as columns of "n"; "{of}" is the customer's external id.
# 購入回数 and 購入総額 from 売上完了 only: an order that leaves that state is taken off.
COUNTS = """
CROSS JOIN LATERAL (
    SELECT count(*) AS orders, count(*) FILTER (WHERE o.state = 'sold') AS bought,
           coalesce(sum(o.total) FILTER (WHERE o.state = 'sold'), 0) AS total
    FROM cartsync_cartorder o
    WHERE o.tenant_id = %(tenant)s AND o.cart_id = %(cart)s AND o.customer_external_id = {of}) o
CROSS JOIN LATERAL (
    SELECT coalesce(max(s.times), 0) AS times,
           coalesce(CASE WHEN bool_or(s.state = 'active') THEN 'active'
                         WHEN bool_or(s.state = 'suspended') THEN 'suspended'
                         WHEN bool_or(s.state = 'cancelled') THEN 'cancelled'
                         WHEN count(*) > 0 THEN 'other' END, '') AS state
    FROM cartsync_cartsubscription s
    WHERE s.tenant_id = %(tenant)s AND s.cart_id = %(cart)s AND s.customer_external_id = {of}) s
CROSS JOIN LATERAL (SELECT o.orders, o.bought, o.total, s.times, s.state) n
"""
RECOUNT = f"""
UPDATE cartsync_cartcustomer c SET order_count = n.orders, buy_times = n.bought, buy_total = n.total,
    subscription_times = n.times, subscription_state = n.state, seen_at = clock_timestamp()
FROM unnest(%(ids)s::text[]) AS asked(external_id)
{COUNTS.format(of="asked.external_id")}
WHERE c.tenant_id = %(tenant)s AND c.cart_id = %(cart)s AND c.external_id = asked.external_id
  AND c.external_id = ANY(%(ids)s)
  AND (c.order_count, c.buy_times, c.buy_total, c.subscription_times, c.subscription_state)
      IS DISTINCT FROM (n.orders, n.bought, n.total, n.times, n.state)
"""


def update_customer_counts(cart: Cart, external_ids: Sequence[str]) -> None:
    """Count the orders and subscriptions of these customers again, in the caller's transaction."""
    if not external_ids:
        return
    values = {"tenant": cart.tenant_id, "cart": cart.pk, "ids": list(external_ids)}
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, values)
