"""The robot's logins: stored, tried out, stopped by trouble, let go on."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from cartsync.models import Cart
from operators import audit
from rpa.executors.kinds import find_robot_login
from rpa.models import CancellationRequest, RobotLogin
from rpa.robot.wake import BROWSE, wake_request
from tenants.scope import get_current_tenant_id
from tenants.wakeups import wake

NO_TROUBLE = {"trouble": "", "trouble_words": "", "trouble_at": None}


@transaction.atomic
def store_login(cart: Cart, secrets: dict[str, str], **values: Any) -> RobotLogin:
    """Store the login of a cart and let what waits go on; a blank secret keeps what is stored. A new one rehearses."""
    login = RobotLogin.objects.select_for_update().filter(cart=cart).first()
    login = login or RobotLogin(cart=cart)
    if login.recipe != values.get("recipe", login.recipe):
        login.is_live = False
    if login.pk and login.url != values.get("url", login.url):
        # Another site: no secret of the one before goes there.
        login.secrets, login.is_live = {}, False
    for name, value in {**values, **NO_TROUBLE}.items():
        setattr(login, name, value)
    login.secrets = {**login.secrets, **{k: v for k, v in secrets.items() if v}}
    login.save()
    audit.record_action("rpa.login_stored", login, cart=cart.name, is_on=login.is_on)
    wake_cart(cart)
    return login


@transaction.atomic
def switch_login_live(login: RobotLogin, is_live: bool) -> None:
    """試行 or 本番 of one admin site."""
    login.is_live = is_live
    login.save(update_fields=["is_live"])
    audit.record_action("rpa.login_live" if is_live else "rpa.login_rehearsal", login)


@transaction.atomic
def ask_login(login: RobotLogin) -> None:
    """ログインを試す: the browser worker logs in and changes nothing."""
    login.asked_at = timezone.now()
    for name, value in NO_TROUBLE.items():
        setattr(login, name, value)
    login.save(update_fields=["asked_at", *NO_TROUBLE])
    audit.record_action("rpa.login_asked", login)
    wake_cart(login.cart)


def wake_cart(cart: Cart) -> None:
    """Have whatever waits for this cart go on, by the way that it goes now."""
    if find_robot_login(cart):
        wake(get_current_tenant_id(), BROWSE, subject=cart.pk)
        return
    waiting = CancellationRequest.objects.filter(
        cart=cart, state__in=CancellationRequest.WORKED
    )
    for request in waiting.select_related("cart"):
        wake_request(request)


def block_login(cart: Cart, code: str, words: str = "") -> None:
    """Hold the login's queue up: trying on could lock the account."""
    RobotLogin.objects.filter(cart=cart).update(
        trouble=code, trouble_words=words[:300], trouble_at=timezone.now()
    )


def clear_login(cart: Cart) -> None:
    """Note that the login works."""
    RobotLogin.objects.filter(cart=cart).update(
        **NO_TROUBLE, asked_at=None, checked_at=timezone.now()
    )
