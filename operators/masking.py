"""Whether the running code shows customers' personal data in clear: decided by the seat it works for."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

from operators.models import Operator, Seat, is_open_now
from operators.roles import PERSONAL

# Where nobody looks (a poll, a message being sent) nothing is masked.
_masked: ContextVar[bool] = ContextVar("masked", default=False)


@contextmanager
def show_to(seat: Seat | None) -> Iterator[None]:
    """Show what follows to this seat; None: to nobody who works in the shop, so all of it masked."""
    token = _masked.set(not (seat and seat.can(PERSONAL)))
    try:
        yield
    finally:
        _masked.reset(token)


@contextmanager
def show_to_operator(operator: Operator | None) -> Iterator[None]:
    """Do for an operator what they began, with their right of today; what nobody began sees all."""
    if operator is None:
        yield
        return
    with transaction.atomic():
        seat = Seat.objects.filter(is_open_now(), operator=operator).first()
    with show_to(seat):
        yield


@contextmanager
def show_in_clear() -> Iterator[None]:
    """Show what follows in clear, after a line in the audit log."""
    token = _masked.set(False)
    try:
        yield
    finally:
        _masked.reset(token)


def is_masked() -> bool:
    """Return whether personal data are masked, found by whole values alone and not edited."""
    return _masked.get()
