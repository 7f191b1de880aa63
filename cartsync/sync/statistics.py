"""What the planner knows of a cart's tables while a shop comes in for the first time.

Rows of a shop that no ANALYZE has seen are taken for none at all, and then the orders of one customer are looked for
among all orders of the cart: 1,500 customers with 10,400 orders cost PostgreSQL 21 s instead of 1. By itself PostgreSQL
looks again after a minute, or when a tenth of the whole table is new, which beside large shops is never.
"""

from django.db import connection, transaction

from cartsync.connectors.base import Resource
from cartsync.sync.store import TABLES

MARKS = (100, 1_000, 10_000, 100_000, 1_000_000)  # rows


@transaction.atomic
def refresh(resource: Resource, before: int, after: int) -> None:
    """Look at the table anew when one of the marks was passed between the two numbers of rows."""
    if any(before < mark <= after for mark in MARKS):
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {TABLES[resource].name}")
