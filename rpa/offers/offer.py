"""引き止め: one screen at most between the wish to cancel and the cancelling, with the way on first.

Law and decency: only who may cancel meets it, nothing on it says that cancelling is impossible, and who closes it is
cancelled all the same.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from cartsync.models import Cart
from members.models import Member, TagBatch
from members.tags.assign import tag_members
from operators import audit
from rpa.models import CancellationRequest, RpaSettings
from rpa.offers.patience import get_offer_end
from rpa.requests.plan import can_serve
from rpa.requests.state import move_request
from rpa.robot.wake import wake_request
from tenants.models import Tenant
from tenants.scope import get_current_tenant_id
from tenants.wakeups import wake

OFFER = "rpa.offer"
State = CancellationRequest.State
Kind = CancellationRequest.Kind
# From these on an offer may still come.
EARLY = (State.RECEIVED, State.IDENTIFIED, State.ALLOWED)


def list_offers(cart: Cart, settings: RpaSettings) -> list[Kind]:
    """Return what is offered instead of cancelling: what the shop chose, and the cart can."""
    return [
        Kind(kind)
        for kind in settings.offers
        if kind in (Kind.PAUSE, Kind.SKIP) and can_serve(cart, kind, settings)
    ]


def may_offer(request: CancellationRequest, settings: RpaSettings) -> bool:
    """Return whether the customer is to meet the screen: who asks by a form to cancel, and has not met it yet."""
    return (
        request.state in EARLY
        and request.kind == Kind.CANCEL
        and bool(request.submission_key)
        and request.offered_at is None
        and bool(list_offers(request.cart, settings))
    )


@transaction.atomic
def offer_instead(request: CancellationRequest, settings: RpaSettings) -> bool:
    """Hold a request that may go on back for the one screen; False where there is nothing to offer."""
    if not may_offer(request, settings):
        return False
    moved = move_request(
        request,
        State.OFFERED,
        "offered",
        asked_kind=request.kind,
        offered_at=timezone.now(),
    )
    if moved:
        end = get_offer_end(request)
        wake(get_current_tenant_id(), OFFER, at=end, subject=request.pk)
    return moved


@transaction.atomic
def answer_offer(request: CancellationRequest, kind: str) -> bool:
    """Note what the customer confirms on the screen, and when, once; False where it is no choice, or chosen already.

    The rules have been held against cancelling; against what was taken instead they are still to be held.
    """
    choices = [Kind.CANCEL, *list_offers(request.cart, RpaSettings.load())]
    if request.state != State.OFFERED or kind not in choices:
        return False
    goes_on = kind == Kind.CANCEL
    moved = move_request(
        request,
        State.CONFIRMED if goes_on else State.IDENTIFIED,
        "went_on" if goes_on else "took_offer",
        kind=kind,
        answered_at=timezone.now(),
    )
    if moved:
        if not goes_on:
            tag_member_who_stays(request)
        audit.record_action("rpa.offer_answered", request, kind=kind)
        wake_request(request)
    return moved


def tag_member_who_stays(request: CancellationRequest) -> None:
    """Put the shop's tag of 抑止 on the member, where it has one and the member is known."""
    tag = RpaSettings.load().offer_tag
    if tag and request.member_id:
        kept = Member.objects.filter(pk=request.member_id)
        tag_members(tag, kept, TagBatch.Source.FORM)


@transaction.atomic
def end_offer(tenant: Tenant, request_id: int) -> datetime | None:
    """Go on as it was asked for where nobody pressed anything."""
    rows = CancellationRequest.objects.select_related("cart")
    request = rows.filter(pk=request_id, state=State.OFFERED).first()
    if request and move_request(request, State.CONFIRMED, "unanswered"):
        wake_request(request)
    return None
