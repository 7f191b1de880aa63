"""What a person decides about a request; their name and the time stand in its evidence."""

from django.db import transaction
from django.utils import timezone

from operators import audit
from rpa.evidence.record import record_step
from rpa.models import CancellationRequest, RpaSettings
from rpa.requests.state import move_request
from rpa.robot.wake import wake_request
from tenants.scope import get_current_operator

State = CancellationRequest.State
# A change that may have been sent already is never sent again.
RESUMABLE = frozenset(
    {"several", "conflict", "incomplete", "two_subscriptions", "no_subscription"}
    | {"open_twice", "changed", "stranger"}
)
SETTLED = (State.VERIFIED, State.CLOSED, State.REFUSED)
CLOSED_AS = {"done": "closed_done", "not": "closed_not"}


@transaction.atomic
def choose_subscription(request: CancellationRequest, subscription: str) -> bool:
    """Go on with this subscription, one of the candidates; False where it cannot be.

    The rules are held against it as against any other.
    """
    if request.state != State.PERSON or request.why not in RESUMABLE or request.attempt:
        return False
    rows = request.candidates.get("rows", [])
    for row in rows:
        for each in row["subscriptions"]:
            if each["id"] == subscription:
                return resume_with(request, row, each)
    return False


def resume_with(
    request: CancellationRequest,
    customer: dict[str, str],
    subscription: dict[str, str],
) -> bool:
    others = CancellationRequest.objects.filter(
        cart=request.cart,
        subscription_external_id=subscription["id"],
        state__in=CancellationRequest.OPEN,
    ).exclude(pk=request.pk)
    if others.exists():
        return False
    moved = move_request(
        request,
        State.IDENTIFIED,
        customer_external_id=customer["id"],
        customer_number=customer["number"],
        subscription_external_id=subscription["id"],
        before=subscription,
        candidates={},
        found_by=0,
        decided_by=get_current_operator(),
        decided_at=timezone.now(),
    )
    if moved:
        record_step(request, "chosen", number=customer["number"])
        audit.record_action("rpa.chosen", request)
        wake_request(request)
    return moved


@transaction.atomic
def close_request(request: CancellationRequest, how: str, note: str = "") -> bool:
    """End a request: done by hand in the cart, or not done. One that is being sent cannot be ended."""
    if request.state in (*CancellationRequest.SENT, *SETTLED):
        return False
    moved = move_request(
        request,
        State.CLOSED,
        why=CLOSED_AS[how],
        candidates={},
        decided_by=get_current_operator(),
        decided_at=timezone.now(),
    )
    if moved:
        record_step(request, "closed", how=how, note=note)
        audit.record_action("rpa.closed", request, how=how)
    return moved


@transaction.atomic
def rerun_request(request: CancellationRequest) -> bool:
    """Run a rehearsed request again from the search on, now that the robot works live."""
    if request.state != State.REHEARSED:
        return False
    moved = move_request(
        request,
        State.RECEIVED,
        subscription_external_id="",
        ended_at=None,
        tries=0,
        due_at=None,
    )
    if moved:
        record_step(request, "received")
        audit.record_action("rpa.rerun", request)
        wake_request(request)
    return moved


@transaction.atomic
def switch_robot(is_running: bool) -> None:
    """強制停止 and スタート: nothing new is sent, or what waits goes on."""
    settings, _made = RpaSettings.objects.get_or_create()
    settings.stopped_at = None if is_running else timezone.now()
    settings.save(update_fields=["stopped_at"])
    audit.record_action("rpa.started" if is_running else "rpa.stopped", settings)
    if is_running:
        wake_waiting_requests()


@transaction.atomic
def switch_live(is_live: bool) -> None:
    """試行 or 本番."""
    settings, _made = RpaSettings.objects.get_or_create()
    settings.is_live = is_live
    settings.save(update_fields=["is_live"])
    audit.record_action("rpa.live" if is_live else "rpa.rehearsal", settings)


def wake_waiting_requests() -> None:
    waiting = CancellationRequest.objects.filter(state__in=CancellationRequest.WORKED)
    for request in waiting.select_related("cart"):
        wake_request(request)
