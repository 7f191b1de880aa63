"""Heavy reads go to a copy of the database where there is one (REPLICA_URL) and it is not far behind.

A standby by PostgreSQL's own streaming replication: the same roles, the same policies, the same shop of the scope.
Whoever reads there sees what was written up to a few seconds ago, so no page that shows what was just done does.
"""

import functools
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import psycopg
from django.conf import settings
from django.db import DatabaseError, connections, transaction

logger = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
REPLICA = "replica"
MOST_SECONDS = 10.0  # behind
# Beginning a transaction speaks to the driver itself.
FAILED = (DatabaseError, psycopg.Error)
# How long one look at how far it is behind holds.
LOOKED_FOR = 2.0
# So long a file waits for the replica to have everything.
CATCH_UP = 3.0
_looked: dict[str, float | bool] = {"at": 0.0, "fresh": False}

# Of a database where nothing is written the last transaction may be old; it has everything all the same.
BEHIND = """
SELECT CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_replay_lsn() >= %s::pg_lsn THEN 0
       ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END
"""


def measure_lag() -> float:
    """Return how many seconds the replica is behind; infinity where that cannot be told."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
        place = cursor.fetchone()
    try:
        with connections[REPLICA].cursor() as cursor:
            cursor.execute(BEHIND, place)
            row = cursor.fetchone()
    except FAILED:
        connections[REPLICA].close()
        return float("inf")
    return float(row[0]) if row and row[0] is not None else float("inf")


def has_fresh_replica() -> bool:
    """Return whether there is a replica that is near enough; looked at every two seconds."""
    if REPLICA not in settings.DATABASES:
        return False
    now = time.monotonic()
    if now - float(_looked["at"]) >= LOOKED_FOR:
        lag = measure_lag()
        _looked.update(at=now, fresh=lag <= MOST_SECONDS)
        if lag > MOST_SECONDS:
            logger.warning("the replica is %.0f s behind and not read", lag)
    return bool(_looked["fresh"])


def wait_for_replica(seconds: float = CATCH_UP) -> bool:
    """Return whether the replica has all that was written until now, after so many seconds at most."""
    until = time.monotonic() + seconds
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
        place = cursor.fetchone()
    with connections[REPLICA].cursor() as cursor:
        while True:
            cursor.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", place)
            row = cursor.fetchone()
            if row and row[0]:
                return True
            if time.monotonic() > until:
                return False
            time.sleep(0.05)


@contextmanager
def read_from_replica(*, caught_up: bool = False) -> Iterator[bool]:
    """Let the block read from the replica, in a transaction of its own; yield whether it does.

    Without one, or with one that lags, the block goes on where it was. ``caught_up``: only with all that was written
    until now, such as the list that was pasted for the very file.
    """
    if not has_fresh_replica() or (caught_up and not wait_for_replica()):
        yield False
        return
    main = connections["default"]
    connections["default"] = connections[REPLICA]
    try:
        with transaction.atomic():
            yield True
    finally:
        connections["default"] = main


def try_replica_first(read: Callable[P, R]) -> Callable[P, R]:
    """Let a function that returns figures read them from the replica, and from the database where that fails."""

    @functools.wraps(read)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with read_from_replica() as there:
                if there:
                    return read(*args, **kwargs)
        except FAILED:
            logger.warning("the replica refused a read", exc_info=True)
            connections[REPLICA].close()
            _looked.update(at=time.monotonic(), fresh=False)
        return read(*args, **kwargs)

    return answer
