"""The change itself: sent once, read back, and never sent again."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from cartsync.connectors.base import Action, Subscription
from cartsync.models import CartSubscription
from outbound.errors import GiveUp, TryLater
from outbound.faultpoints import fault_point
from rpa.browser.problems import Stuck
from rpa.evidence.record import describe_subscription, record_step
from rpa.executors.base import Executor
from rpa.models import CancellationRequest, RpaSettings
from rpa.requests.cart_reasons import find_reason_id
from rpa.requests.state import hand_to_person, move_request
from rpa.search.products import LIVING

State = CancellationRequest.State
STATES = {
    Action.CANCEL: CartSubscription.State.CANCELLED,
    Action.PAUSE: CartSubscription.State.SUSPENDED,
}


def match_request(request: CancellationRequest, executor: Executor) -> None:
    """Read the subscription once more: still of this customer, of this product, and living."""
    found = executor.read(request.subscription_external_id)
    same = (
        found.customer_external_id == request.customer_external_id
        and found.product == request.before.get("product")
        and found.state in LIVING
        and found.state != STATES.get(request.action)
    )
    with transaction.atomic():
        if same:
            before = describe_subscription(found)
            move_request(request, State.MATCHED, "matched", before=before)
        else:
            hand_to_person(request, "changed")


def submit_request(
    request: CancellationRequest, settings: RpaSettings, executor: Executor
) -> None:
    """Send the change, once SUBMITTING is committed; a rehearsal ends before it."""
    values = build_values(request, settings)
    executor.prepare(request.subscription_external_id, request.action, **values)
    with transaction.atomic():
        fresh = RpaSettings.load()  # somebody may have stopped everything since
        if fresh.stopped_at:
            return
        if not (fresh.is_live and executor.is_live):
            move_request(request, State.REHEARSED, "rehearsed")
            return
        if not move_request(
            request, State.SUBMITTING, "submitting", attempt=uuid.uuid4()
        ):
            return
    fault_point("rpa.submitting")
    try:
        found = executor.submit(
            request.subscription_external_id, request.action, **values
        )
    except TryLater:
        # The cart never took it up: the one try is still to come.
        with transaction.atomic():
            move_request(request, State.MATCHED, "returned", attempt=None)
        raise
    except GiveUp as error:
        with transaction.atomic():
            why = "unconfirmed" if error.code == "unconfirmed" else "cart"
            words = ""
            if isinstance(error, Stuck):
                why, words = "unreadable", error.words
            hand_to_person(request, why, words=words)
        return
    fault_point("rpa.submitted")
    with transaction.atomic():
        move_request(request, State.SUBMITTED, "submitted")
    fault_point("rpa.verifying")
    verify_request(request, found)


def build_values(request: CancellationRequest, settings: RpaSettings) -> dict[str, Any]:
    """Return what the connector needs besides the action."""
    memo: dict[str, Any] = {"memo": build_memo(request)} if settings.writes_memo else {}
    if request.action == Action.NEXT_DATE:
        return {"date": request.wanted_date, **memo}
    if request.action == Action.CHANGE_CYCLE:
        return {"every_days": request.every_days, **memo}
    ids = settings.reason_ids.get(request.kind, [])
    if number := find_reason_id(ids, request.reason):
        return {"reasons": [number], **memo}
    return memo


def build_memo(request: CancellationRequest) -> str:
    """Return the line for whoever looks at the cart: the day, what was asked for, why, and the request's number."""
    parts = [
        f"{timezone.localdate():%Y/%m/%d} Tsunagi",
        str(request.get_kind_display()),
        " ".join(request.reason.split()),
        request.public_id,
    ]
    return " / ".join(part for part in parts if part)


def settle_request(request: CancellationRequest, executor: Executor) -> None:
    """Read what became of a request whose worker is gone; nothing is sent."""
    verify_request(request, executor.read(request.subscription_external_id))


def verify_request(request: CancellationRequest, found: Subscription) -> None:
    """End the request where the cart shows the change; else a person looks."""
    with transaction.atomic():
        after = describe_subscription(found)
        if is_change_shown(request, found):
            moved = move_request(request, State.VERIFIED, after=after)
            if moved:
                record_step(request, "verified", after=after)
        else:
            hand_to_person(request, "unconfirmed")


def is_change_shown(request: CancellationRequest, found: Subscription) -> bool:
    """Return whether the subscription, as the cart has it now, is what was asked for."""
    action, before = request.action, request.before
    if action in STATES:
        return found.state == STATES[action]
    if action == Action.NEXT_DATE:
        return bool(found.next_at) and (
            timezone.localdate(found.next_at) == request.wanted_date
        )
    if action == Action.SKIP:
        earlier = before.get("next_at")
        later = (
            earlier
            and found.next_at
            and found.next_at > datetime.fromisoformat(earlier)
        )
        return bool(later or found.skips_next)
    return found.cycle != before.get("cycle")
