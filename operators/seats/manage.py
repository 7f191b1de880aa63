"""An operator's place in a shop is changed, switched off, taken away; a password is reissued without mail."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from operators import audit
from operators.login.own_account import store_login
from operators.models import AccessCode, Operator, Seat
from operators.roles import MANAGES, RIGHTS, SINGLE_RIGHTS, Role
from operators.seats.access_codes import find_code, make_code
from tenants.models import Tenant
from tenants.scope import act_as, get_current_tenant_id


def lock_shop() -> None:
    """Let one change of the shop's seats happen at a time, for two of them could each leave the other as last owner."""
    Tenant.objects.select_for_update().get(pk=get_current_tenant_id())


def can_manage(by: Seat, seat: Seat) -> bool:
    """Return whether ``by`` may change this seat: nobody their own, a 店長 neither owners nor other 店長."""
    return by.pk != seat.pk and seat.role in MANAGES.get(Role(by.role), ())


def can_change_login(by: Seat, seat: Seat) -> bool:
    """Return whether ``by`` may change or reissue the login itself: one that this shop's invitation made."""
    return can_manage(by, seat) and seat.operator.made_by_id == seat.tenant_id


def refuse_role(by: Seat, role: Role) -> None:
    """Raise ValidationError where ``by`` may not give this role."""
    if role not in MANAGES.get(Role(by.role), ()):
        raise ValidationError(
            _(
                "「%(role)s」の権限を変更できるのはオーナーだけです。オーナーに依頼してください。"
            )
            % {"role": role.label},
            code="role",
        )


def clean_single_rights(
    by: Seat, role: Role, wanted: dict[str, bool]
) -> dict[str, bool]:
    """Return what differs from the role. Raise ValidationError where ``by`` gives a right that they have not."""
    differing = {
        right: wanted[right]
        for right in SINGLE_RIGHTS
        if right in wanted and wanted[right] != (right in RIGHTS[role])
    }
    if any(given and not by.can(right) for right, given in differing.items()):
        raise ValidationError(
            _("自分が持っていない権限は与えられません。オーナーに依頼してください。"),
            code="rights",
        )
    return differing


def refuse_stranger(by: Seat, seat: Seat) -> None:
    """Raise ValidationError where ``by`` may not change this seat."""
    if not can_manage(by, seat):
        raise ValidationError(
            _(
                "自分自身と、自分より上の役割の方は変更できません。ほかのオーナーに依頼してください。"
            ),
            code="stranger",
        )


def refuse_last_owner(seat: Seat) -> None:
    """Raise ValidationError where no other owner could act after this one is gone."""
    others = Seat.objects.filter(role=Role.OWNER, off_at=None).exclude(pk=seat.pk)
    if seat.role == Role.OWNER and not seat.off_at and not others.exists():
        raise ValidationError(
            _("オーナーが1名もいなくなります。先に、別の方をオーナーにしてください。"),
            code="last",
        )


@transaction.atomic
def change_seat(by: Seat, seat: Seat, role: Role, rights: dict[str, bool]) -> None:
    """Give the seat this role and these single rights; both act at its next request."""
    lock_shop()
    seat = Seat.objects.select_related("operator").get(pk=seat.pk)
    refuse_stranger(by, seat)
    refuse_role(by, role)
    if seat.is_support:
        raise ValidationError(
            _("サポートの役割は変更できません。必要がなければ、削除してください。"),
            code="support",
        )
    if role != Role.OWNER:
        refuse_last_owner(seat)
    before: dict[str, Any] = {"role": seat.role, "rights": seat.rights}
    seat.role, seat.rights = role, clean_single_rights(by, role, rights)
    after: dict[str, Any] = {"role": seat.role, "rights": seat.rights}
    if before != after:
        seat.save(update_fields=["role", "rights"])
        audit.record_action("seat.changed", seat, before=before, after=after)


@transaction.atomic
def switch_seat(by: Seat, seat: Seat, is_on: bool) -> None:
    """Switch an operator off in this shop, or on again; everything that is theirs stays."""
    lock_shop()
    seat = Seat.objects.select_related("operator").get(pk=seat.pk)
    refuse_stranger(by, seat)
    if not is_on:
        refuse_last_owner(seat)
    if is_on != bool(seat.off_at):
        return
    seat.off_at = None if is_on else timezone.now()
    seat.save(update_fields=["off_at"])
    audit.record_action("seat.switched_on" if is_on else "seat.switched_off", seat)


@transaction.atomic
def remove_seat(by: Seat, seat: Seat) -> None:
    """Take the operator out of the shop. The login stays, and what they did stays theirs."""
    lock_shop()
    seat = Seat.objects.select_related("operator").get(pk=seat.pk)
    refuse_stranger(by, seat)
    refuse_last_owner(seat)
    end_resets(seat)
    audit.record_action("seat.removed", seat, of=seat.operator_id, role=seat.role)
    seat.delete()


@transaction.atomic
def change_login(by: Seat, seat: Seat, name: str, login_id: str) -> None:
    """Set the name and the login ID of an operator whom this shop made. Raise ValidationError."""
    refuse_other_makers(by, seat)
    _row, changed = store_login(seat.operator_id, name, login_id)
    if changed:
        audit.record_action("seat.login_changed", seat, fields=changed)


def refuse_other_makers(by: Seat, seat: Seat) -> None:
    """Raise ValidationError where the login is not this shop's to change."""
    if not can_change_login(by, seat):
        raise ValidationError(
            _(
                "このログインは別のショップで作られました。本人に、パスワードの再発行か変更を依頼してください。"
            ),
            code="made_elsewhere",
        )


def end_resets(seat: Seat) -> None:
    """Let the codes that this shop made for the operator work no more."""
    AccessCode.objects.filter(
        kind=AccessCode.Kind.RESET, operator=seat.operator, ended_at=None
    ).update(ended_at=timezone.now())


@transaction.atomic
def start_reset(by: Seat, seat: Seat) -> str:
    """Return a code with which this operator sets a new password; older ones work no more."""
    refuse_other_makers(by, seat)
    end_resets(seat)
    row, code = make_code(
        AccessCode.Kind.RESET,
        name=seat.operator.name,
        operator=seat.operator,
        made_by=by.operator,
    )
    audit.record_action("seat.reset_started", seat, code=row.public_id)
    return code


@transaction.atomic
def use_reset(code: str, password: str) -> Operator:
    """Set the new password, within the shop's open scope; the other sessions end with the old one."""
    from operators.tasks import queue_change_mail  # it needs what stands here

    found = find_code(code, lock=True)
    if not found or found.kind != AccessCode.Kind.RESET or not found.operator:
        raise ValidationError(
            _("このコードは使えません。オーナーに、もう一度再発行を依頼してください。")
        )
    operator = found.operator
    operator.set_password(password)
    operator.save(update_fields=["password"])
    found.ended_at = timezone.now()
    found.save(update_fields=["ended_at"])
    with act_as(operator, "console"):
        line = audit.record_action("seat.reset_used", found)
    # Whoever handed the code over knows it as well, so the operator hears of it wherever they have an address.
    queue_change_mail(operator, operator.email, "seat.reset_used", line.address)
    return operator
