"""A further shop on trial: opened from the console, closed when its time is over, formal once a plan is given."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from administration.models import Application
from administration.shops.erase import KEPT, TRIAL_WAKEUP
from administration.shops.erase import WAKEUP as ERASE
from messaging.accounts.stop_all import stop_all_sends
from operators import audit
from operators.models import Operator, Seat
from operators.notify import notify
from operators.roles import Role
from tenants.models import ClosedReason, Plan, Tenant
from tenants.scope import act_as, open_tenant_scope
from tenants.shops.closed import close_shop, reopen_shop
from tenants.shops.open import open_shop
from tenants.wakeups import wake

TRIAL = timedelta(days=30)
# How long before the end the owners are told.
WARNED = (timedelta(days=7), timedelta(days=1))
WAKEUP = TRIAL_WAKEUP
ENDS, ENDED, DECIDED = "plan.trial_ends", "plan.trial_ended", "plan.decided"


def find_open_trial(operator: Operator) -> Tenant | None:
    """Return the shop on trial that the operator owns, if there is one."""
    owned = [seat.tenant for seat in Seat.of(operator) if seat.role == Role.OWNER]
    return next((shop for shop in owned if shop.trial_ends_at), None)


def explain_no_trial(operator: Operator) -> str:
    """Return why the operator may open no shop on trial; "" when they may."""
    if not any(seat.role == Role.OWNER for seat in Seat.of(operator)):
        return _(
            "新しいショップを開けるのは、いずれかのショップのオーナーだけです。オーナーに依頼してください。"
        )
    if other := find_open_trial(operator):
        return _(
            "お試し中のショップは、1名につき1つまでです。「%(shop)s」の正式利用を申し込むか、終了を待ってください。"
        ) % {"shop": other.name}
    return ""


@transaction.atomic
def open_trial(operator: Operator, slug: str, name: str) -> Tenant:
    """Open a shop on trial with the operator as its owner. Raise ValidationError with the reason where it cannot be."""
    Operator.objects.select_for_update().get(pk=operator.pk)
    if refusal := explain_no_trial(operator):
        raise ValidationError(refusal)
    try:
        with transaction.atomic():
            shop = open_shop(slug, name)
    except IntegrityError as taken:
        raise ValidationError(
            {
                "slug": _(
                    "このショップIDは使われています。別のショップIDを入力してください。"
                )
            }
        ) from taken
    shop.plan = Plan.objects.filter(code="trial").first()
    shop.trial_ends_at = timezone.now() + TRIAL
    shop.save(update_fields=["plan", "trial_ends_at"])
    with open_tenant_scope(shop), act_as(operator, "console"):
        Seat.objects.create(operator=operator, role=Role.OWNER)
        ends = shop.trial_ends_at.isoformat()
        audit.record_action("shop.trial_opened", shop, ends=ends)
        wake(shop, WAKEUP, at=shop.trial_ends_at - WARNED[0])
    return shop


@transaction.atomic
def follow_trial(tenant: Tenant) -> datetime | None:
    """Tell that the trial ends, or end it; return when to look again, None once nothing is left to do."""
    shop = Tenant.objects.select_for_update().get(pk=tenant.pk)
    now, end = timezone.now(), shop.trial_ends_at
    if end is None or shop.closed_at:
        return None
    if now >= end:
        end_trial(shop)
        return None
    left = [before for before in WARNED if now < end - before]
    if len(left) < len(WARNED):
        notify(ENDS, ends=end.isoformat())
    return end - left[0] if left else end


def end_trial(shop: Tenant) -> None:
    """Close the shop within the caller's transaction: everything stays readable, nothing is sent."""
    close_shop(shop, ClosedReason.TRIAL)
    stop_all_sends(shop)
    until = (timezone.now() + KEPT).isoformat()
    audit.record_action("shop.trial_ended", shop, kept_until=until)
    notify(ENDED, kept_until=until)
    wake(shop, ERASE, at=timezone.now() + KEPT)


def find_end_of_retention(shop: Tenant) -> datetime | None:
    """Return until when the data of a shop whose trial is over is kept."""
    over = shop.closed_at and shop.closed_reason == ClosedReason.TRIAL
    return shop.closed_at + KEPT if over and shop.closed_at else None


# ---------------------------------------------------------------- formal use
def find_newest_application(shop: Tenant) -> Application | None:
    found = Application.objects.filter(shop=shop).select_related("plan")
    return found.order_by("-made_at", "-pk").first()


@transaction.atomic
def apply_for_plan(shop: Tenant, operator: Operator, values: dict[str, Any]) -> None:
    """Store the application. Raise ValidationError while another one is open."""
    Tenant.objects.select_for_update().get(pk=shop.pk)
    newest = find_newest_application(shop)
    if newest and newest.state == Application.State.OPEN:
        raise ValidationError(_("すでに申し込み済みです。審査の結果をお待ちください。"))
    made = Application.objects.create(shop=shop, operator=operator, **values)
    audit.record_action("shop.application_sent", shop, plan=made.plan.code)


@transaction.atomic
def decide_application(
    application: Application, by: Operator, accepts: bool, answer: str = ""
) -> bool:
    """Accept or decline within the shop's open scope; return False where somebody decided before.

    Accepted, the shop has the plan, is on trial no more and is opened again; what was stopped for sending stays so
    until the shop's own people let it go on, because messages of weeks may wait.
    """
    row = Application.objects.select_for_update().get(pk=application.pk)
    if row.state != Application.State.OPEN:
        return False
    states = Application.State
    row.state, row.answer = states.ACCEPTED if accepts else states.DECLINED, answer
    row.decided_at, row.decided_by = timezone.now(), by
    row.save(update_fields=["state", "answer", "decided_at", "decided_by"])
    shop = Tenant.objects.select_for_update().get(pk=row.shop_id)
    if accepts:
        give_plan(shop, row.plan)
    audit.record_action("shop.decided", shop, accepted=accepts, plan=row.plan.code)
    notify(DECIDED, accepted=accepts, answer=answer)
    return True


def give_plan(shop: Tenant, plan: Plan | None) -> None:
    """Let the shop have the plan for good, within the caller's transaction."""
    shop = Tenant.objects.select_for_update().get(pk=shop.pk)
    if shop.closed_reason == ClosedReason.TRIAL:
        reopen_shop(shop)
    Tenant.objects.filter(pk=shop.pk).update(plan=plan, trial_ends_at=None)
    wake(shop, "administration.plan")
