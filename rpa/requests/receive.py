"""A request comes in."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from cartsync.models import Cart
from members.models import Member
from operators import audit
from rpa.evidence.record import record_step
from rpa.models import CancellationRequest
from rpa.requests.messages import RECEIVED, notify_customer
from rpa.robot.wake import wake_request
from tenants.scope import get_current_operator, get_current_tenant_id
from tenants.wakeups import wake

TIDY = "rpa.tidy"
A_DAY = timedelta(days=1)


@transaction.atomic
def receive_request(
    cart: Cart,
    kind: str,
    given: Mapping[str, str],
    product: str = "",
    product_code: str = "",
    reason: str = "",
    wanted_date: date | None = None,
    every_days: int | None = None,
    member: Member | None = None,
    subscription: str = "",
    note: str = "",
    opened_at: datetime | None = None,
    is_stranger: bool = False,
    submission_key: str = "",
) -> CancellationRequest:
    """Store a request and have it worked on.

    ``given``: {"name", "phone", "email"}, as they were said. ``subscription``: its id at the cart, where the customer
    chose one. ``note``: what else they said, for whoever reads the case. ``submission_key``: the form's answer.
    """
    request = CancellationRequest.objects.create(
        cart=cart,
        member=member,
        kind=kind,
        given={key: value for key, value in given.items() if value},
        product=product,
        product_code=product_code,
        wanted_subscription=subscription,
        reason=reason,
        wanted_date=wanted_date,
        every_days=every_days,
        opened_at=opened_at,
        is_stranger=is_stranger,
        submission_key=submission_key,
        made_by=get_current_operator(),
        received_at=timezone.now(),
    )
    given_note: dict[str, Any] = {"note": note} if note else {}
    record_step(request, "received", **given_note)
    notify_customer(request, RECEIVED)
    audit.record_action("rpa.received", request, kind=kind)
    wake_request(request)
    wake(get_current_tenant_id(), TIDY, at=timezone.now() + A_DAY)
    return request


@transaction.atomic
def receive_requests(rows: Sequence[Mapping[str, Any]]) -> int:
    """Store all of these, each as ``receive_request`` takes it; return how many."""
    for values in rows:
        receive_request(**values)
    return len(rows)
