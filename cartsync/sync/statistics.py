"""The planner's statistics of a cart's tables while a shop is read for the first time.

Until an ANALYZE has seen a shop's rows, PostgreSQL takes them for none at all, and then looks for the orders of one
customer among all orders of the cart: 1,500 customers with 10,400 orders cost it 21 s instead of 1. By itself it looks
again after a minute, or when a tenth of the whole table is new, which beside large shops is never.
"""

from django.db import connection, transaction

from cartsync.connectors.base import Resource
from cartsync.sync.store import TABLES

MARKS = (100, 1_000, 10_000, 100_000, 1_000_000)  # rows


@transaction.atomic
def refresh_statistics(resource: Resource, before: int, after: int) -> None:
    """Refresh the table's statistics when one of the marks was passed between the two numbers of rows."""
    if any(before < mark <= after for mark in MARKS):
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {TABLES[resource].name}")
