"""The queue of one cart login: one browser, one login, one request after the other."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from cartsync.models import Cart
from outbound.errors import OutboundError, TryLater
from rpa.browser.chromium import find_chromium
from rpa.browser.problems import LOGIN_TROUBLES, Stuck
from rpa.executors.browser import BrowserExecutor
from rpa.executors.kinds import find_robot_login
from rpa.models import CancellationRequest, RobotLogin, RpaSettings
from rpa.requests.cart_lock import lock_cart
from rpa.requests.rules import find_opening
from rpa.requests.state import hand_to_person
from rpa.requests.work import BUSY_PAUSE, advance_request
from rpa.robot.logins import block_login, clear_login, wake_cart
from tenants.models import Tenant
from tenants.scope import get_current_tenant_id

# After so long the turn ends and the queue is due again: other shops wait for the browser too.
LONGEST_TURN = 120.0
NO_BROWSER_PAUSE = timedelta(minutes=1)
State = CancellationRequest.State


def work_queue(tenant: Tenant, cart_id: int) -> datetime | None:
    """Carry the cart's requests on by browser; return when to come back, None when there is nothing to wait for."""
    with transaction.atomic():
        cart = Cart.objects.filter(pk=cart_id).first()
        login = find_robot_login(cart) if cart else None
        if cart and login is None and list_waiting(cart):
            wake_cart(cart)  # it was switched over since
        waiting = list_waiting(cart) if cart and login else []
    if cart is None or login is None or not (waiting or login.asked_at):
        return None
    if find_chromium() is None:
        with transaction.atomic():
            block_login(cart, "no_browser")
        return timezone.now() + NO_BROWSER_PAUSE
    if login.trouble in LOGIN_TROUBLES:
        with transaction.atomic():
            give_up_on_sent(cart)
        return None
    with lock_cart(cart) as held:
        if not held:
            return timezone.now() + BUSY_PAUSE
        with transaction.atomic():
            executor = BrowserExecutor(cart)
        with executor:
            return serve_queue(cart, login, executor)


def list_waiting(cart: Cart | None) -> list[int]:
    rows = CancellationRequest.objects.filter(
        cart=cart, state__in=CancellationRequest.WORKED
    )
    return list(rows.order_by("received_at", "pk").values_list("pk", flat=True))


def give_up_on_sent(cart: Cart) -> None:
    """Have a person look at what may have been sent: the cart cannot be read for now."""
    sent = CancellationRequest.objects.filter(
        cart=cart, state__in=CancellationRequest.SENT
    )
    for request in sent:
        hand_to_person(request, "unreadable")


def serve_queue(
    cart: Cart, login: RobotLogin, executor: BrowserExecutor
) -> datetime | None:
    """Work until the queue is empty, its turn is over, or the login is held up."""
    if not try_login(cart, login, executor):
        return timezone.now() + NO_BROWSER_PAUSE if list_unsent(cart) else None
    end, later = time.monotonic() + LONGEST_TURN, []
    for request, settings in iterate_due(cart):
        if time.monotonic() > end:
            return timezone.now()
        again = advance_request(request, settings, executor)
        if again:
            later.append(again)
            with transaction.atomic():
                CancellationRequest.objects.filter(pk=request.pk).update(due_at=again)
    return min([*later, *list_later(cart)], default=None)


def try_login(cart: Cart, login: RobotLogin, executor: BrowserExecutor) -> bool:
    """Log in where somebody asked for it, or trouble is to be over; else the first request does."""
    if not (login.asked_at or login.trouble):
        return True
    try:
        executor.use(lambda hand: None)
    except TryLater:
        # Who asked is told; what waits is tried again all the same.
        with transaction.atomic():
            RobotLogin.objects.filter(cart=cart).update(
                asked_at=None, trouble="unreachable", trouble_at=timezone.now()
            )
        return False
    except OutboundError as error:
        with transaction.atomic():
            words = error.words if isinstance(error, Stuck) else ""
            code = error.code if error.code in LOGIN_TROUBLES else "login_refused"
            block_login(cart, code, words)
            RobotLogin.objects.filter(cart=cart).update(asked_at=None)
        return False
    with transaction.atomic():
        clear_login(cart)
    return True


def list_unsent(cart: Cart) -> list[int]:
    with transaction.atomic():
        trouble = RobotLogin.objects.filter(cart=cart, trouble__in=LOGIN_TROUBLES)
        return [] if trouble.exists() else list_waiting(cart)


def iterate_due(cart: Cart) -> Iterator[tuple[CancellationRequest, RpaSettings]]:
    """Yield what is due, each with the settings of that moment: what may have been sent before all else."""
    gone = CancellationRequest.objects.filter(
        cart=cart, state__in=CancellationRequest.SENT
    )
    with transaction.atomic():
        first = set(gone.values_list("pk", flat=True))
        ids = sorted(list_waiting(cart), key=lambda pk: pk not in first)
    for pk in ids:
        with transaction.atomic():
            settings = RpaSettings.load()
            rows = CancellationRequest.objects.select_related("cart", "member")
            request = rows.filter(pk=pk, state__in=CancellationRequest.WORKED).first()
            login = RobotLogin.objects.filter(cart=cart).first()
            closed = Tenant.objects.exclude(closed_at=None)
            is_closed = closed.filter(pk=get_current_tenant_id()).exists()
        if request is None or login is None or login.trouble in LOGIN_TROUBLES:
            continue
        now = timezone.now()
        sent = request.state in CancellationRequest.SENT
        held = is_closed or settings.stopped_at or find_opening(settings, now)
        if (sent or not held) and not (request.due_at and request.due_at > now):
            yield request, settings


def list_later(cart: Cart) -> list[datetime]:
    """Return when the queue must be looked at again for what waits for a time."""
    with transaction.atomic():
        settings = RpaSettings.load()
        rows = CancellationRequest.objects.filter(
            cart=cart, state__in=CancellationRequest.WORKED, due_at__gt=timezone.now()
        )
        found = [at for at in rows.values_list("due_at", flat=True) if at]
        waiting = bool(list_waiting(cart))
    opening = find_opening(settings, timezone.now())
    return [*found, *([opening] if opening and waiting else [])]
