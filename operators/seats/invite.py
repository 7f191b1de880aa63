"""Somebody joins a shop: invited by mail or with a code that is handed over, up to 200 operators."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from operators import audit
from operators.models import AccessCode, Operator, Seat
from operators.rights import refuse_closed
from operators.roles import Role
from operators.seats.access_codes import find_code, make_code
from operators.seats.manage import clean_single_rights, lock_shop, refuse_role
from tenants.models import Tenant
from tenants.scope import act_as
from tenants.shops.plans import find_plan

MOST_SEATS = 200


@transaction.atomic
def invite_operator(
    by: Seat, name: str, role: Role, rights: dict[str, bool], email: str = ""
) -> tuple[AccessCode, str]:
    """Make an invitation and return (its row, the code).

    Raise ValidationError where the shop is full or ``by`` may not invite into this role.
    """
    refuse_role(by, role)
    lock_shop()
    refuse_full_shop()
    invitation, code = make_code(
        AccessCode.Kind.INVITE,
        name=name,
        email=email,
        role=role,
        rights=clean_single_rights(by, role, rights),
        made_by=by.operator,
    )
    audit.record_action("seat.invited", invitation, role=role, rights=invitation.rights)
    return invitation, code


def list_open_invitations() -> "list[AccessCode]":
    """Return the invitations that can still be accepted, the newest first."""
    rows = AccessCode.objects.filter(
        kind=AccessCode.Kind.INVITE, ended_at=None, expires_at__gt=timezone.now()
    )
    return list(rows.select_related("made_by").order_by("-created_at", "-pk"))


def find_most_seats() -> int:
    """Return how many operators the shop may have: what its plan says, never more than MOST_SEATS."""
    plan = find_plan()
    limit = plan.operator_limit if plan else None
    return MOST_SEATS if limit is None else min(limit, MOST_SEATS)


def count_taken_seats() -> int:
    """Count the operators of the shop with those who are invited."""
    return Seat.objects.filter(expires_at=None).count() + len(list_open_invitations())


def refuse_full_shop() -> None:
    """Raise ValidationError where the shop has as many operators and invitations as it may."""
    most = find_most_seats()
    if count_taken_seats() >= most:
        raise ValidationError(
            _(
                "オペレーターは、招待中の方を含めて%(most)s名までです。使っていないオペレーターか招待を削除するか、プランを変更してください。"
            )
            % {"most": most},
            code="full",
        )


@transaction.atomic
def cancel_invitation(by: Seat, invitation: AccessCode) -> None:
    """Let an invitation be accepted no more."""
    refuse_role(by, Role(invitation.role))
    invitation.ended_at = timezone.now()
    invitation.save(update_fields=["ended_at"])
    audit.record_action("seat.invitation_cancelled", invitation)


@transaction.atomic
def accept_invitation(tenant: Tenant, code: str, operator: Operator) -> Seat:
    """Give the operator the seat of the invitation, within the shop's open scope.

    Raise ValidationError where it is gone or the operator is in the shop already, PermissionDenied in a closed shop.
    """
    refuse_closed(tenant)
    lock_shop()
    invitation = find_code(code, lock=True)
    if not invitation or invitation.kind != AccessCode.Kind.INVITE:
        raise ValidationError(
            _("この招待は使えません。招待した方に、もう一度招待を依頼してください。")
        )
    if Seat.objects.filter(operator=operator).exists():
        raise ValidationError(
            _(
                "%(name)sさんは、すでにこのショップのオペレーターです。招待した方に確認してください。"
            )
            % {"name": operator.name}
        )
    with act_as(operator, "console"):
        seat = Seat.objects.create(
            operator=operator, role=invitation.role, rights=invitation.rights
        )
        invitation.operator, invitation.ended_at = operator, timezone.now()
        invitation.save(update_fields=["operator", "ended_at"])
        audit.record_action("seat.joined", seat, role=seat.role, rights=seat.rights)
    return seat


@transaction.atomic
def join_as_new_operator(
    tenant: Tenant, code: str, login_id: str, name: str, password: str
) -> Seat:
    """Make a login and its seat. The email is the one that the invitation was mailed to, where it was.

    Raise ValidationError where the login ID or the email has somebody already.
    """
    invitation = find_code(code)
    email = invitation.email if invitation else ""
    if Operator.objects.filter(login_id=login_id).exists():
        raise ValidationError(
            {
                "login_id": _(
                    "このログインIDは使われています。別のログインIDを入力してください。"
                )
            }
        )
    if email and Operator.objects.filter(email__iexact=email).exists():
        raise ValidationError(
            _(
                "このメールアドレスの方は、すでに登録されています。ログインしてから参加してください。"
            )
        )
    operator = Operator.objects.create_operator(
        login_id, password, name=name, email=email, made_by=tenant
    )
    return accept_invitation(tenant, code, operator)
