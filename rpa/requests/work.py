"""What a worker does with a request: search, hold it against the rules, offer, send once, verify.

SUBMITTING is committed before anything is sent. A worker that finds a request there knows nothing of what became of it,
so the cart is read and nothing is sent again.
"""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from cartsync.connectors.base import Action
from outbound.errors import OutboundError, TryLater
from rpa.browser.pictures import Shot
from rpa.browser.problems import LOGIN_TROUBLES, Stuck
from rpa.evidence.record import record_picture
from rpa.executors.base import Executor
from rpa.executors.kinds import BROWSER, build_executor, choose_way
from rpa.models import CancellationRequest, RpaSettings
from rpa.offers.offer import offer_instead
from rpa.requests.cart_lock import lock_cart
from rpa.requests.find import find_subscription
from rpa.requests.plan import MOVABLE, plan_action, plan_date
from rpa.requests.rules import find_opening, find_refusal
from rpa.requests.state import hand_to_person, move_request
from rpa.requests.submit import match_request, settle_request, submit_request
from rpa.robot.logins import block_login
from rpa.robot.wake import wake_request
from tenants.models import Tenant

State = CancellationRequest.State
BUSY_PAUSE = timedelta(seconds=5)
PAUSES = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
MOST_TRIES = 8


def work_request(tenant: Tenant, request_id: int) -> datetime | None:
    """Carry one request as far as it goes; return when to come back, None when there is nothing to wait for."""
    with transaction.atomic():
        rows = CancellationRequest.objects.select_related("cart", "member")
        request = rows.filter(pk=request_id).first()
        settings = RpaSettings.load()
        if request is None or request.state not in CancellationRequest.WORKED:
            return None
        if choose_way(request.cart) == BROWSER:
            wake_request(request)  # it was switched over since
            return None
    sent = request.state in CancellationRequest.SENT
    if settings.stopped_at and not sent:
        return None
    if not sent and (opening := find_opening(settings, timezone.now())):
        return opening
    with lock_cart(request.cart) as held:
        if not held:
            return timezone.now() + BUSY_PAUSE
        with transaction.atomic():
            executor = build_executor(request.cart)
        with executor:
            return advance_request(request, settings, executor)


def advance_request(
    request: CancellationRequest, settings: RpaSettings, executor: Executor
) -> datetime | None:
    """Take one step after the other, until the request waits for somebody."""
    with transaction.atomic():
        request.refresh_from_db()  # another worker may have had the cart until now
    executor.show = partial(store_picture, request)
    began_in = request.state
    try:
        if request.state in CancellationRequest.SENT:
            settle_request(request, executor)
            return None
        if request.state == State.RECEIVED:
            if not executor.can(plan_action(request.kind, settings)):
                with transaction.atomic():
                    hand_to_person(request, "unsupported")
                return None
            find_subscription(request, settings, executor)
        if request.state == State.IDENTIFIED or is_date_old(request, began_in):
            check_rules(request, settings, executor)
        if request.state == State.ALLOWED and offer_instead(request, settings):
            return None
        if request.state in (State.ALLOWED, State.CONFIRMED):
            match_request(request, executor)
        if request.state == State.MATCHED:
            submit_request(request, settings, executor)
    except TryLater as error:
        return postpone_request(request, error)
    except OutboundError as error:
        with transaction.atomic():
            request.refresh_from_db()
            hand_error_over(request, error)
    return None


def is_date_old(request: CancellationRequest, began_in: str) -> bool:
    """Return whether the new date of a 休止 or スキップ was worked out in an earlier run.

    The cart may have sent a delivery since, for a stop may last for weeks: the old date could lie before the next one.
    """
    waited = began_in in (State.ALLOWED, State.CONFIRMED, State.MATCHED)
    return waited and request.kind in MOVABLE and request.action == Action.NEXT_DATE


def hand_error_over(request: CancellationRequest, error: OutboundError) -> None:
    """Have a person look, with the words of the page where a page was in the way."""
    why, words = "cart", ""
    if isinstance(error, Stuck):
        why, words = error.code, error.words
        if error.code in LOGIN_TROUBLES:
            block_login(request.cart, error.code, error.words)
    if request.state in CancellationRequest.SENT:
        why = "unreadable"
    hand_to_person(request, why, words=words)


def store_picture(request: CancellationRequest, screen: str, shot: Shot) -> None:
    with transaction.atomic():
        record_picture(request, screen, shot.png, shot.text)


def check_rules(
    request: CancellationRequest, settings: RpaSettings, executor: Executor
) -> None:
    """Hold the subscription against the shop's rules, as the cart has it now.

    Who has met the offer has confirmed what they want: their request meets no second one.
    """
    found = executor.read(request.subscription_external_id)
    orders = executor.list_orders(request.customer_external_id)
    action = plan_action(request.kind, settings)
    why = find_refusal(settings, action, found, orders, timezone.now())
    moved = action == Action.NEXT_DATE and request.kind in MOVABLE
    day = plan_date(request, settings, found, orders) if moved else None
    passed = State.CONFIRMED if request.offered_at else State.ALLOWED
    with transaction.atomic():
        if why:
            move_request(request, State.REFUSED, "refused", why=why)
        elif moved and day is None:
            hand_to_person(request, "no_new_date")
        elif request.kind in MOVABLE:
            move_request(request, passed, "allowed", wanted_date=day)
        else:
            move_request(request, passed, "allowed")


def postpone_request(request: CancellationRequest, error: TryLater) -> datetime | None:
    """Try again after a growing pause; after the last one a person looks."""
    with transaction.atomic():
        request.refresh_from_db()
        if request.tries + 1 >= MOST_TRIES:
            sent = request.state in CancellationRequest.SENT
            hand_to_person(request, "unreadable" if sent else "cart")
            return None
        request.tries += 1
        request.save(update_fields=["tries"])
    pause = PAUSES[min(request.tries, len(PAUSES)) - 1]
    return timezone.now() + max(pause, error.pause or pause)
