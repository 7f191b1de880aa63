"""The ids of a cell.

A cell is one database for some of the shops. Each numbers its rows out of a range of its own, so that a shop or an
operator that comes from another cell meets no row with the same id (docs/scaling.md).
"""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import connections

IDS_PER_CELL = 2**40
# Up to here an id stays exact as a number in JavaScript (2**53).
LAST_CELL = 2**13 - 1

# Sequences of smaller integers number Django's own tables, whose rows no shop takes along.
SEQUENCES_BELOW = """
SELECT format('ALTER SEQUENCE %%I.%%I START WITH %%s', schemaname, sequencename, %(first)s::bigint)
       || CASE WHEN coalesce(last_value, 0) < %(first)s THEN format(' RESTART WITH %%s', %(first)s::bigint) ELSE '' END
FROM pg_sequences
WHERE schemaname = 'public' AND data_type = 'bigint'::regtype
  AND (start_value < %(first)s OR coalesce(last_value, start_value) < %(first)s)
"""


def compute_first_id() -> int:
    return int(settings.CELL) * IDS_PER_CELL + 1


def raise_sequences(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Have every table's ids come from the range of this cell. A sequence that is further already stays where it is,
    so it may run after each migration and after a change of ``CELL``."""
    with connections[using].cursor() as cursor:
        cursor.execute(SEQUENCES_BELOW, {"first": compute_first_id()})
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
