"""Somebody of the platform looks into a shop: for an hour at most, with a reason, seen by its owners."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from operators import audit
from operators.models import Notice, Operator, Seat
from operators.notify import NoticeText, notify
from operators.roles import Role
from operators.seats.manage import lock_shop
from tenants.models import ClosedReason, Tenant
from tenants.scope import act_as, open_tenant_scope
from tenants.wakeups import wake

WAKEUP, ENTERED = "administration.support", "support.entered"
LONGEST = 60


@transaction.atomic
def enter_shop(operator: Operator, shop: Tenant, reason: str, minutes: int) -> Seat:
    """Give the operator a seat for support that ends by itself. Raise ValidationError where they have one already."""
    if shop.closed_reason == ClosedReason.DELETED:
        raise ValidationError(_("このショップは削除されました。"))
    if not operator.is_platform or not 0 < minutes <= LONGEST:
        raise ValidationError(_("60分までの時間を選んでください。"))
    with open_tenant_scope(shop), act_as(operator, "platform"):
        lock_shop()
        end_support()
        if Seat.objects.filter(operator=operator).exists():
            raise ValidationError(
                _("すでにこのショップに入れます。ショップの選択から開いてください。")
            )
        until = timezone.now() + timedelta(minutes=minutes)
        seat = Seat.objects.create(
            operator=operator, role=Role.VIEWER, expires_at=until, reason=reason
        )
        audit.record_action("support.entered", seat, reason=reason, minutes=minutes)
        notify(ENTERED, reason=reason, minutes=minutes)
        wake(shop, WAKEUP, at=until)
    return seat


@transaction.atomic
def leave_shop(operator: Operator, shop: Tenant) -> int:
    """End the operator's own visit; return how many seats were ended, 0 or 1."""
    with open_tenant_scope(shop), act_as(operator, "platform"):
        return end_seats(
            list(Seat.objects.filter(operator=operator).exclude(expires_at=None))
        )


def end_support() -> datetime | None:
    """Take away the seats whose time is over, within the shop's scope; return when the next one ends."""
    end_seats(list(Seat.objects.filter(expires_at__lte=timezone.now())))
    rest = Seat.objects.exclude(expires_at=None).order_by("expires_at").first()
    return rest.expires_at if rest else None


def end_seats(seats: list[Seat]) -> int:
    for seat in seats:
        audit.record_action("support.ended", seat, of=seat.operator_id)
        seat.delete()
    return len(seats)


def describe_entered(notices: Sequence[Notice]) -> Mapping[int, NoticeText]:
    title = _("運営のサポートがこのショップに入りました")
    detail = _(
        "理由：%(reason)s（最長%(minutes)s分。閲覧だけで、個人情報は伏せられます）"
    )
    return {
        each.pk: NoticeText(title, detail % each.data, "administration:operators")
        for each in notices
    }
