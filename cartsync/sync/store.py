"""Store pages of cart rows: one statement a page, and an older version never overwrites a newer one."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from cartsync.connectors.base import Customer, Order, Resource, Subscription
from cartsync.events import (
    StoredOrder,
    StoredSubscription,
    fire_order_events,
    fire_subscription_events,
)
from cartsync.matching.cart_state import update_cart_states_of_customers
from cartsync.models import Cart
from cartsync.models.carts import ORDER_MAIL
from cartsync.ordermail.lock import lock_if_mails_bring_orders
from cartsync.sync.lines import store_lines
from cartsync.sync.notices import notify_of_new_words
from cartsync.sync.recount import COUNTS, update_customer_counts
from members.normalize.emails import normalize_email
from members.normalize.names import normalize_name
from members.normalize.phones import normalize_phone


class Table(NamedTuple):
    name: str
    columns: dict[str, str]  # name → SQL type, as they come
    constants: str = ""  # further columns, for the first insert
    values: str = ""
    joined: str = ""  # what the values come from
    touch: str = ""  # what else is set of a row that was there and changed
    told: str = ""  # what is returned of a row besides its id: as it was before, and as it is now


CUSTOMERS = Table(
    "cartsync_cartcustomer",
    {
        "external_id": "text",
        "number": "text",
        "name": "text",
        "name_key": "text",
        "kana_key": "text",
        "email": "text",
        "email_key": "text",
        "phone": "text",
        "phone_e164": "text",
        "state": "text",
        "word": "text",
        "line_id": "text",
        "is_auto_email": "bool",
        "addresses": "jsonb",
        "points": "bigint",
        "points_expire_at": "timestamptz",
        "coupons": "text",
        "changed_at": "timestamptz",
    },
    ", order_count, buy_times, buy_total, subscription_times, subscription_state, seen_at",
    # Orders may have come before their customer did.
    ", n.orders, n.bought, n.total, n.times, n.state, clock_timestamp()",
    COUNTS.format(of="given.external_id"),
    touch=", seen_at = clock_timestamp()",
    told=", new.id, old.id IS NULL, old.state IS DISTINCT FROM new.state,"
    " (old.name_key, old.kana_key) IS DISTINCT FROM (new.name_key, new.kana_key)",
)
ORDERS = Table(
    "cartsync_cartorder",
    {
        "external_id": "text",
        "customer_external_id": "text",
        "subscription_external_id": "text",
        "number": "text",
        "state": "text",
        "word": "text",
        "times": "int",
        "total": "bigint",
        "subtotal": "bigint",
        "shipping_fee": "bigint",
        "discount": "bigint",
        "points_used": "bigint",
        "coupons": "text",
        "payment_method": "text",
        "name": "text",
        "email_key": "text",
        "phone_e164": "text",
        "received_at": "timestamptz",
        "shipped_at": "timestamptz",
        "delivered_at": "timestamptz",
        "carrier": "text",
        "tracking_number": "text",
        "tracking_url": "text",
        "url": "text",
        "campaign": "text",
        "advertiser": "text",
        "device": "text",
        "ordered_at": "timestamptz",
        "changed_at": "timestamptz",
    },
    told=", new.customer_external_id, new.id, old.id IS NULL, old.shipped_at, new.state,"
    " coalesce(new.received_at, new.ordered_at),"
    " new.shipped_at, old.customer_external_id",
)
SUBSCRIPTIONS = Table(
    "cartsync_cartsubscription",
    {
        "external_id": "text",
        "customer_external_id": "text",
        "number": "text",
        "product": "text",
        "state": "text",
        "word": "text",
        "times": "int",
        "cycle": "text",
        "is_cycle_locked": "bool",
        "next_at": "timestamptz",
        "remaining_times": "int",
        "stopped_at": "timestamptz",
        "changed_at": "timestamptz",
    },
    told=", new.customer_external_id, new.id, old.id IS NULL, old.state, old.next_at, new.state, new.next_at,"
    " new.stopped_at, new.changed_at, old.customer_external_id",
)


class StoredCustomer(NamedTuple):
    """A customer who was stored just now, as the statement returns it."""

    external_id: str
    pk: int
    is_new: bool
    has_other_state: bool
    is_renamed: bool


TABLES = {
    Resource.CUSTOMERS: CUSTOMERS,
    Resource.ORDERS: ORDERS,
    Resource.SUBSCRIPTIONS: SUBSCRIPTIONS,
}
# The same second may hold two versions: the one read later wins, and an unchanged row is left alone. What a person said
# that the cart's word means goes before what the connector takes it for.
UPSERT = """
INSERT INTO {table} AS kept (tenant_id, cart_id, {columns}{constants})
SELECT %(tenant)s, %(cart)s, {given}{values} FROM json_to_recordset(%(rows)s) AS given({types})
LEFT JOIN cartsync_cartword meant ON meant.tenant_id = %(tenant)s AND meant.cart_id = %(cart)s
    AND meant.kind = %(kind)s AND meant.word = given.word {joined}
ON CONFLICT (tenant_id, cart_id, external_id) DO UPDATE SET {sets}
WHERE excluded.changed_at > kept.changed_at
   OR (excluded.changed_at = kept.changed_at AND ({ours}) IS DISTINCT FROM ({theirs}))
RETURNING new.external_id{told}
"""
RENAME_LINKS = r"""
UPDATE cartsync_link l SET customer_names = c.name_key || E'\n' || c.kana_key
FROM cartsync_cartcustomer c
WHERE c.tenant_id = %(tenant)s AND c.id = ANY(%(ids)s::bigint[])
  AND l.tenant_id = %(tenant)s AND l.customer_id = c.id AND l.ended_at IS NULL
  AND l.customer_names <> c.name_key || E'\n' || c.kana_key
"""


# An order that a mail told of first, and that this cart tells now, is one: it moves here, with all that refers to it.
# Numbers of two systems may be alike by chance, so the buyers must not contradict each other.
ADOPT = """
UPDATE cartsync_cartorder o SET cart_id = %(cart)s, external_id = one.external_id, changed_at = '2000-01-01 00:00+00'
FROM (
    SELECT DISTINCT ON (given.external_id) given.external_id, m.id
    FROM json_to_recordset(%(rows)s)
         AS given(external_id text, number text, email_key text, phone_e164 text)
    JOIN cartsync_cart k ON k.tenant_id = %(tenant)s AND k.kind = 'ordermail'
    JOIN cartsync_cartorder m ON m.tenant_id = %(tenant)s AND m.cart_id = k.id AND m.number = given.number
    WHERE given.number <> ''
      AND (given.email_key = '' OR m.email_key = '' OR m.email_key = given.email_key
           OR (given.phone_e164 <> '' AND m.phone_e164 = given.phone_e164))
      AND NOT EXISTS (SELECT FROM cartsync_cartorder x WHERE x.tenant_id = %(tenant)s AND x.cart_id = %(cart)s
                      AND x.external_id = given.external_id)
    ORDER BY given.external_id, m.id) one
WHERE o.tenant_id = %(tenant)s AND o.id = one.id
RETURNING old.cart_id, old.customer_external_id
"""


def store_rows(
    cart: Cart,
    resource: Resource,
    rows: Sequence[Customer | Order | Subscription],
    *,
    is_news: bool = True,
) -> int:
    """Store one page in the caller's transaction and count its customers again; return how many rows changed.

    New rows count as changed. ``is_news=False``: the subscriptions are as they have long been, and fire no events.
    """
    if not rows:
        return 0
    newest = {row.external_id: row for row in sorted(rows, key=get_change)}
    given = [_build_row(row) for row in newest.values()]
    notify_of_new_words(cart, resource, given)
    if resource == Resource.CUSTOMERS:
        return _store_customers(cart, given)
    if resource == Resource.ORDERS:
        take_over_mail_orders(cart, given)
    changed = _upsert(cart, resource, given)
    ids = {row[0] for row in changed}
    if resource == Resource.ORDERS:
        stored = [row for row in newest.values() if row.external_id in ids]
        store_lines(cart, [row for row in stored if isinstance(row, Order)])
    # Whose it was before, where the cart gave it to another customer, counts one less.
    touched = {customer for row in changed for customer in (row[1], row[-1])}
    update_customer_counts(cart, sorted(touched - {None}))
    # Last, so that whoever is told sees the counts as they are now.
    if resource == Resource.ORDERS:
        fire_order_events(cart, [StoredOrder(*row[:-1]) for row in changed])
    elif is_news:
        fire_subscription_events(
            cart, [StoredSubscription(*row[:-1]) for row in changed]
        )
    return len(changed)


def get_change(row: Customer | Order | Subscription) -> datetime:
    return row.changed_at


def _store_customers(cart: Cart, given: Sequence[dict[str, Any]]) -> int:
    """Store customers, and what follows for those who were there: nobody is linked with one who came in just now."""
    stored = [StoredCustomer(*row) for row in _upsert(cart, Resource.CUSTOMERS, given)]
    known = [row for row in stored if not row.is_new]
    if renamed := [row.pk for row in known if row.is_renamed]:
        _run_sql(RENAME_LINKS, cart, ids=renamed)
    if other := [row.external_id for row in known if row.has_other_state]:
        update_cart_states_of_customers(cart, other)
    update_customer_counts(cart, [row.external_id for row in known])
    return len(stored)


def take_over_mail_orders(cart: Cart, given: Sequence[dict[str, Any]]) -> None:
    """Take over the orders of these numbers that mails told of, before the cart's own version is stored over them."""
    if cart.kind == ORDER_MAIL or not lock_if_mails_bring_orders():
        return
    moved = _run_sql(ADOPT, cart, rows=json.dumps(given))
    for mail_cart in Cart.objects.filter(pk__in={row[0] for row in moved}):
        ids = [customer for pk, customer in moved if pk == mail_cart.pk]
        update_customer_counts(mail_cart, ids)


def _upsert(
    cart: Cart, resource: Resource, rows: Sequence[dict[str, Any]]
) -> list[tuple[Any, ...]]:
    """Store rows, one an external id; return (external id, what the table tells) of those that changed."""
    table = TABLES[resource]
    names = list(table.columns)
    rest = [name for name in names if name != "external_id"]
    sql = UPSERT.format(
        table=table.name,
        columns=", ".join(names),
        given=", ".join(
            "coalesce(meant.state, given.state)" if name == "state" else f"given.{name}"
            for name in names
        ),
        constants=table.constants,
        values=table.values,
        joined=table.joined,
        told=table.told,
        types=", ".join(f"{name} {kind}" for name, kind in table.columns.items()),
        sets=", ".join(f"{name} = excluded.{name}" for name in rest) + table.touch,
        ours=", ".join(f"kept.{name}" for name in rest),
        theirs=", ".join(f"excluded.{name}" for name in rest),
    )
    kept = [{name: row[name] for name in names} for row in rows]
    return _run_sql(sql, cart, rows=json.dumps(kept), kind=resource.value)


def _build_row(row: Customer | Order | Subscription) -> dict[str, Any]:
    """Return the row as its columns: times as text, keys beside raw values."""
    built: dict[str, Any] = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in vars(row).items()
    }
    if isinstance(row, Customer):
        built["addresses"] = [asdict(address) for address in row.addresses]
        built["name_key"] = normalize_name(row.name)
        built["kana_key"] = normalize_name(row.kana)
        built["email_key"] = "" if row.is_auto_email else normalize_email(row.email)
        built["phone_e164"] = normalize_phone(row.phone)
    elif isinstance(row, Order):
        del built["lines"]
        built["email_key"] = normalize_email(row.email)
        built["phone_e164"] = normalize_phone(row.phone)
    return built


def _run_sql(sql: str, cart: Cart, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": cart.tenant_id, "cart": cart.pk, **values})
        return cursor.fetchall() if cursor.description else []
