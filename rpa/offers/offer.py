"""引き止め: one screen at most between the wish to cancel and the cancelling, with the way on first.

Law and decency: nothing on it says that cancelling is impossible, and who closes it is cancelled all the same.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from cartsync.models import Cart
from operators import audit
from rpa.models import CancellationRequest, RpaSettings
from rpa.requests.plan import can_serve
from rpa.requests.state import move_request
from rpa.robot.wake import wake_request
from tenants.models import Tenant
from tenants.scope import get_current_tenant_id
from tenants.wakeups import wake

OFFER = "rpa.offer"
# Who goes away without pressing anything has said already what they want.
PATIENCE = timedelta(minutes=30)
State = CancellationRequest.State
Kind = CancellationRequest.Kind


def list_offers(cart: Cart, settings: RpaSettings) -> list[Kind]:
    """Return what is offered instead of cancelling: what the shop chose, and the cart can."""
    return [
        Kind(kind)
        for kind in settings.offers
        if kind in (Kind.PAUSE, Kind.SKIP) and can_serve(cart, kind, settings)
    ]


def has_offers(cart: Cart, kind: str) -> bool:
    """Return whether something is offered to who wishes this."""
    return kind == Kind.CANCEL and bool(list_offers(cart, RpaSettings.load()))


@transaction.atomic
def offer_instead(request: CancellationRequest) -> bool:
    """Hold a request to cancel back for the one screen; False where there is nothing to offer."""
    if not has_offers(request.cart, request.kind):
        return False
    now = timezone.now()
    moved = move_request(
        request, State.OFFERED, "offered", asked_kind=request.kind, offered_at=now
    )
    if moved:
        wake(get_current_tenant_id(), OFFER, at=now + PATIENCE, subject=request.pk)
    return moved


@transaction.atomic
def answer_offer(request: CancellationRequest, kind: str) -> bool:
    """Go on with what the customer chose on the screen, once; False where it is no choice, or chosen already."""
    choices = [Kind.CANCEL, *list_offers(request.cart, RpaSettings.load())]
    if request.state != State.OFFERED or kind not in choices:
        return False
    step = "went_on" if kind == Kind.CANCEL else "took_offer"
    moved = move_request(
        request, State.RECEIVED, step, kind=kind, answered_at=timezone.now()
    )
    if moved:
        audit.record_action("rpa.offer_answered", request, kind=kind)
        wake_request(request)
    return moved


@transaction.atomic
def end_offer(tenant: Tenant, request_id: int) -> datetime | None:
    """Go on as it was asked for where nobody pressed anything."""
    rows = CancellationRequest.objects.select_related("cart")
    request = rows.filter(pk=request_id, state=State.OFFERED).first()
    if request and move_request(request, State.RECEIVED, "unanswered"):
        wake_request(request)
    return None
