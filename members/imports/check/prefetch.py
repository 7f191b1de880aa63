"""The next part is read and cleaned on one core while PostgreSQL stores the current one on another."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from django.utils import translation

T = TypeVar("T")


@contextmanager
def prefetch_items(items: Iterable[T]) -> Iterator[Iterator[T]]:
    """Yield an iterator over ``items`` in which each is made in a thread while the one before is used.

    Never more than one waits. They must not touch the database: a thread has a connection, and so a transaction, of its
    own.
    """
    language = translation.get_language()
    source = iter(items)

    def following() -> list[T]:
        with translation.override(language):
            return list(islice(source, 1))

    def each() -> Iterator[T]:
        waiting = pool.submit(following)
        while found := waiting.result():
            waiting = pool.submit(following)
            yield found[0]

    with ThreadPoolExecutor(1, "ahead") as pool:
        yield each()
