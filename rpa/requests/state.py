"""From one state to the next, each in a transaction that also writes what happened."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from cartsync.connectors.base import Customer, Subscription
from operators.notify import notify
from rpa.evidence.record import describe_subscription, record_step
from rpa.models import CancellationRequest
from rpa.requests.messages import DONE, OFFERED, PERSON, REFUSED, notify_customer

State = CancellationRequest.State
ENDED = (State.REFUSED, State.VERIFIED, State.REHEARSED, State.CLOSED)
TURNS: dict[str, str] = {
    State.VERIFIED: DONE,
    State.REFUSED: REFUSED,
    State.OFFERED: OFFERED,
    State.PERSON: PERSON,
}
NEEDS_PERSON = "rpa.needs_person"


@transaction.atomic
def move_request(
    request: CancellationRequest, state: str, step: str = "", **values: Any
) -> bool:
    """Move the request on, unless somebody else has moved it since it was read; return whether it did.

    ``values``: further columns.
    """
    if state in ENDED:
        values["ended_at"] = timezone.now()
    if state != State.PERSON:
        values.setdefault("why", "")
    rows = CancellationRequest.objects.filter(pk=request.pk, state=request.state)
    if request.attempt:
        rows = rows.filter(attempt=request.attempt)
    if not rows.update(state=state, **values):
        return False
    for name, value in {"state": state, **values}.items():
        setattr(request, name, value)
    if step:
        told: dict[str, Any] = {"why": request.why} if request.why else {}
        record_step(request, step, **told)
    if state in TURNS:
        notify_customer(request, TURNS[state])
    return True


@transaction.atomic
def hand_to_person(
    request: CancellationRequest,
    why: str,
    candidates: Sequence[dict[str, Any]] = (),
    words: str = "",
) -> bool:
    """Stop, and have a person look: the reason, whom they choose from, and what the cart's page said."""
    values: dict[str, Any] = {"why": why, "tries": 0}
    if candidates:
        values["candidates"] = {"rows": list(candidates)}
    if words:
        record_step(request, "stuck", note=words)
    moved = move_request(request, State.PERSON, "person", **values)
    if moved:
        notify(NEEDS_PERSON, request, why=why)
    return moved


def identify_request(
    request: CancellationRequest,
    subscription: Subscription,
    points: Sequence[str],
    **values: Any,
) -> bool:
    """Bind the request to one subscription; False where another open request has it.

    ``points``: the keys that mean this customer.
    """
    try:
        with transaction.atomic():
            moved = move_request(
                request,
                State.IDENTIFIED,
                customer_external_id=subscription.customer_external_id,
                subscription_external_id=subscription.external_id,
                before=describe_subscription(subscription),
                candidates={},
                **values,
            )
            if moved:
                record_step(request, "identified", points=list(points))
            return moved
    except IntegrityError:
        request.refresh_from_db()
        return False


def build_candidate(
    customer: Customer, subscriptions: Sequence[Subscription]
) -> dict[str, Any]:
    """Return what a person compares of one customer."""
    return {
        "id": customer.external_id,
        "number": customer.number,
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "subscriptions": [describe_subscription(each) for each in subscriptions],
    }
