"""Two parts of a load at once: PostgreSQL works for one connection on one core, and a machine has at least two.

A second connection loads the part that follows, in a transaction of its own; the job's cursor passes both parts once
both are done. When a worker is killed between the two commits, the second part is loaded again, which changes nothing.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event

from django.db import connection, transaction

from members.db import lock_links_shared


@contextmanager
def run_in_parallel(work: Callable[[], None]) -> Iterator[None]:
    """Run ``work`` on another connection during the block, in this shop and by the same operator.

    What it raises is raised at the end. It takes the lock of tagging first: otherwise a hard delete that waits for the
    lock could come between the two, and neither would go on.
    """
    context, locked = copy_context(), Event()

    def apart() -> None:
        try:
            with transaction.atomic():
                lock_links_shared()
                locked.set()
                work()
        finally:
            locked.set()
            connection.close()

    with ThreadPoolExecutor(1, "lane") as pool:
        other = pool.submit(context.run, apart)
        locked.wait()
        yield
        other.result()
