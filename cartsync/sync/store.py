"""Store pages of cart rows: one statement a page, and an older version never overwrites a newer one."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from cartsync.connectors.base import Customer, Order, Resource, Subscription
from cartsync.matching.cart_state import update_cart_states_of_customers
from cartsync.models import Cart
from members.normalize.keys import normalize_email, normalize_name, normalize_phone


class Table(NamedTuple):
    name: str
    columns: dict[str, str]  # name → SQL type, as they come
    constants: str = ""  # further columns, for the first insert
    values: str = ""


CUSTOMERS = Table(
    "cartsync_cartcustomer",
    {
        "external_id": "text", "number": "text", "name": "text", "name_key": "text", "kana_key": "text",
        "email": "text", "email_key": "text", "phone": "text", "phone_e164": "text", "state": "text",
        "changed_at": "timestamptz",
    },
    ", order_count, buy_times, buy_total, subscription_times, subscription_state, seen_at",
    ", 0, 0, 0, 0, '', clock_timestamp()",
)  # fmt: skip
ORDERS = Table(
    "cartsync_cartorder",
    {
        "external_id": "text", "customer_external_id": "text", "number": "text", "state": "text", "times": "int",
        "total": "bigint", "ordered_at": "timestamptz", "changed_at": "timestamptz", "unknown_word": "text",
    },
)  # fmt: skip
SUBSCRIPTIONS = Table(
    "cartsync_cartsubscription",
    {
        "external_id": "text", "customer_external_id": "text", "product": "text", "state": "text", "times": "int",
        "next_at": "timestamptz", "changed_at": "timestamptz",
    },
)  # fmt: skip
TABLES = {
    Resource.CUSTOMERS: CUSTOMERS,
    Resource.ORDERS: ORDERS,
    Resource.SUBSCRIPTIONS: SUBSCRIPTIONS,
}
# The same second may hold two versions: the one read later wins, and an unchanged row is left alone.
UPSERT = """
INSERT INTO {table} AS kept (tenant_id, cart_id, {columns}{constants})
SELECT %(tenant)s, %(cart)s, {columns}{values} FROM jsonb_to_recordset(%(rows)s) AS given({types})
ON CONFLICT (tenant_id, cart_id, external_id) DO UPDATE SET {sets}
WHERE excluded.changed_at > kept.changed_at
   OR (excluded.changed_at = kept.changed_at AND ({ours}) IS DISTINCT FROM ({theirs}))
RETURNING external_id
"""
# 購入回数 and 購入総額 from 売上完了 only: an order that leaves that state is taken off.
RECOUNT = """
UPDATE cartsync_cartcustomer c SET order_count = n.orders, buy_times = n.bought, buy_total = n.total,
    subscription_times = n.times, subscription_state = n.state, seen_at = clock_timestamp()
FROM unnest(%(ids)s::text[]) AS asked(external_id)
CROSS JOIN LATERAL (
    SELECT count(*) AS orders, count(*) FILTER (WHERE o.state = 'sold') AS bought,
           coalesce(sum(o.total) FILTER (WHERE o.state = 'sold'), 0) AS total
    FROM cartsync_cartorder o
    WHERE o.tenant_id = %(tenant)s AND o.cart_id = %(cart)s AND o.customer_external_id = asked.external_id) o
CROSS JOIN LATERAL (
    SELECT coalesce(max(s.times), 0) AS times,
           coalesce(CASE WHEN bool_or(s.state = 'active') THEN 'active'
                         WHEN bool_or(s.state = 'suspended') THEN 'suspended'
                         WHEN count(*) > 0 THEN 'cancelled' END, '') AS state
    FROM cartsync_cartsubscription s
    WHERE s.tenant_id = %(tenant)s AND s.cart_id = %(cart)s AND s.customer_external_id = asked.external_id) s
CROSS JOIN LATERAL (SELECT o.orders, o.bought, o.total, s.times, s.state) n
WHERE c.tenant_id = %(tenant)s AND c.cart_id = %(cart)s AND c.external_id = asked.external_id
  AND (c.order_count, c.buy_times, c.buy_total, c.subscription_times, c.subscription_state)
      IS DISTINCT FROM (n.orders, n.bought, n.total, n.times, n.state)
"""
SEEN = """
UPDATE cartsync_cartcustomer SET seen_at = clock_timestamp()
WHERE tenant_id = %(tenant)s AND cart_id = %(cart)s AND external_id = ANY(%(ids)s)
"""
RENAME_LINKS = r"""
UPDATE cartsync_link l SET customer_names = c.name_key || E'\n' || c.kana_key
FROM cartsync_cartcustomer c
WHERE c.tenant_id = %(tenant)s AND c.cart_id = %(cart)s AND c.external_id = ANY(%(ids)s)
  AND l.tenant_id = %(tenant)s AND l.customer_id = c.id AND l.ended_at IS NULL
  AND l.customer_names <> c.name_key || E'\n' || c.kana_key
"""


def store_rows(
    cart: Cart, resource: Resource, rows: Sequence[Customer | Order | Subscription]
) -> int:
    """Store one page in the caller's transaction and count its customers again; return how many rows changed.

    New rows count as changed.
    """
    if not rows:
        return 0
    if resource == Resource.CUSTOMERS:
        changed = touched = _upsert(
            cart,
            CUSTOMERS,
            [_add_keys(row) for row in rows if isinstance(row, Customer)],
        )
        _run_sql(SEEN, cart, ids=changed)
        _run_sql(RENAME_LINKS, cart, ids=changed)
        update_cart_states_of_customers(cart, changed)
    else:
        changed = _upsert(
            cart, TABLES[resource], [_format_times(asdict(row)) for row in rows]
        )
        kept = set(changed)
        changed_rows = [row for row in rows if row.external_id in kept]
        touched = list({row.customer_external_id for row in changed_rows})  # type: ignore[union-attr]
    _run_sql(RECOUNT, cart, ids=touched)
    return len(changed)


def _upsert(cart: Cart, table: Table, rows: Iterable[dict[str, Any]]) -> list[str]:
    newest: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: str(row["changed_at"])):
        newest[row["external_id"]] = row
    names = list(table.columns)
    rest = [name for name in names if name != "external_id"]
    sql = UPSERT.format(
        table=table.name,
        columns=", ".join(names),
        constants=table.constants,
        values=table.values,
        types=", ".join(f"{name} {kind}" for name, kind in table.columns.items()),
        sets=", ".join(f"{name} = excluded.{name}" for name in rest),
        ours=", ".join(f"kept.{name}" for name in rest),
        theirs=", ".join(f"excluded.{name}" for name in rest),
    )
    return [
        external_id
        for (external_id,) in _run_sql(
            sql, cart, rows=json.dumps(list(newest.values()))
        )
    ]


def _add_keys(row: Customer) -> dict[str, Any]:
    keys = {
        "name_key": normalize_name(row.name),
        "email_key": normalize_email(row.email),
        "phone_e164": normalize_phone(row.phone),
        "kana_key": normalize_name(row.kana),
    }
    return _format_times(asdict(row)) | keys


def _format_times(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def _run_sql(sql: str, cart: Cart, **values: Any) -> list[tuple[str]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": cart.tenant_id, "cart": cart.pk, **values})
        return cursor.fetchall() if cursor.description else []
