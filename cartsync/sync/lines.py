"""Store the lines of orders, and the products that they name."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

from cartsync.connectors.base import Line, Order
from cartsync.models import Cart

LONGEST_SKU = 100
PRODUCTS = """
INSERT INTO cartsync_product AS kept (tenant_id, cart_id, external_id, name)
SELECT DISTINCT ON (given.sku) %(tenant)s, %(cart)s, given.sku, given.name
FROM jsonb_to_recordset(%(lines)s) AS given(sku text, name text)
ORDER BY given.sku, given.name DESC
ON CONFLICT (tenant_id, cart_id, external_id) DO UPDATE SET name = excluded.name
WHERE excluded.name <> '' AND kept.name <> excluded.name
"""
# By an array of ids: joined, new tables are looked through from end to end for each order.
DROP = """
DELETE FROM cartsync_cartorderline l
WHERE l.tenant_id = %(tenant)s AND l.order_id = ANY(ARRAY(
    SELECT o.id FROM cartsync_cartorder o
    WHERE o.tenant_id = %(tenant)s AND o.cart_id = %(cart)s AND o.external_id = ANY(%(orders)s)))
"""
LINES = """
INSERT INTO cartsync_cartorderline (tenant_id, order_id, product_id, position, name, quantity, price)
SELECT %(tenant)s, o.id, p.id, given.position, given.name, given.quantity, given.price
FROM jsonb_to_recordset(%(lines)s)
     AS given(order_id text, position int, sku text, name text, quantity int, price bigint)
JOIN cartsync_cartorder o ON o.tenant_id = %(tenant)s AND o.cart_id = %(cart)s AND o.external_id = given.order_id
JOIN cartsync_product p ON p.tenant_id = %(tenant)s AND p.cart_id = %(cart)s AND p.external_id = given.sku
ON CONFLICT (tenant_id, order_id, position) DO NOTHING
"""


def store_lines(cart: Cart, orders: Sequence[Order]) -> None:
    """Replace the lines of these orders, in the caller's transaction."""
    newest = {
        order.external_id: order for order in sorted(orders, key=lambda o: o.changed_at)
    }
    if not newest:
        return
    lines = [
        build_line(order.external_id, position, line)
        for order in newest.values()
        for position, line in enumerate(order.lines)
        if line.sku or line.name
    ]
    values: dict[str, Any] = {
        "tenant": cart.tenant_id,
        "cart": cart.pk,
        "orders": list(newest),
        "lines": json.dumps(lines),
    }
    with connection.cursor() as cursor:
        cursor.execute(DROP, values)
        if lines:
            cursor.execute(PRODUCTS, values)
            cursor.execute(LINES, values)


def build_line(order_id: str, position: int, line: Line) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "position": position,
        "sku": (line.sku or line.name)[:LONGEST_SKU],
        "name": line.name[:200],
        "quantity": max(line.quantity, 0),
        "price": line.price,
    }
