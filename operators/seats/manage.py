"""An operator's place in a shop is changed, switched off, taken away; a password is reissued without mail."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from operators import audit
from operators.login.own_account import store_login
from operators.models import AccessCode, Operator, Seat
from operators.roles import MANAGES, RIGHT_LABELS, RIGHTS, SINGLE_RIGHTS, Role
from operators.seats.access_codes import find_code, make_code
from tenants.models import Tenant
from tenants.scope import act_as, get_current_tenant_id

STRANGER = gettext_lazy(
    "自分自身と、自分より上の役割の方は変更できません。ほかのオーナーに依頼してください。"
)


def lock_shop() -> None:
    """Let one change of the shop's seats happen at a time, for two of them could each leave the other as last owner."""
    Tenant.objects.select_for_update().get(pk=get_current_tenant_id())


def can_manage(by: Seat, seat: Seat) -> bool:
    """Return whether ``by`` may change this seat: nobody their own, a 店長 neither owners nor other 店長."""
    return by.pk != seat.pk and seat.role in MANAGES.get(Role(by.role), ())


def describe_login_objection(by: Seat, seat: Seat) -> str:
    """Say why ``by`` may not change or reissue the login itself; "" where they may.

    A password that somebody else knows opens all that the login opens. So it is for the shop alone whose invitation
    made it, as long as it opens no other one, and for nobody with fewer rights.
    """
    if not can_manage(by, seat):
        return str(STRANGER)
    if seat.operator.made_by_id != seat.tenant_id:
        return _(
            "このログインは別のショップで作られたため、氏名とパスワードは本人だけが変更できます。"
        )
    elsewhere = any(each.pk != seat.pk for each in Seat.of(seat.operator))
    if elsewhere or seat.operator.is_platform:
        return _(
            "このログインは別のショップでも使われているため、氏名とパスワードは本人だけが変更できます。"
        )
    if higher := list_labels(collect_rights(seat) - collect_rights(by)):
        return _(
            "この方は、あなたが持っていない権限（%(rights)s）を持っているため、氏名とパスワードを変更できません。ほかのオーナーに依頼してください。"
        ) % {"rights": higher}
    return ""


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
    by: Seat, role: Role, wanted: dict[str, bool], held: AbstractSet[str] = frozenset()
) -> dict[str, bool]:
    """Return what differs from the role.

    Raise ValidationError where ``by`` gives a right that they have not, by the role or singly; ``held`` are there
    already.
    """
    differing = {
        right: wanted[right]
        for right in SINGLE_RIGHTS
        if right in wanted and wanted[right] != (right in RIGHTS[role])
    }
    given = {right for right in RIGHTS[role] if differing.get(right, True)} | {
        right for right, is_given in differing.items() if is_given
    }
    if higher := list_labels(given - collect_rights(by) - held):
        raise ValidationError(
            _(
                "自分が持っていない権限（%(rights)s）は与えられません。個別の権限を「許可しない」にするか、オーナーに依頼してください。"
            )
            % {"rights": higher},
            code="rights",
        )
    return differing


def collect_rights(seat: Seat) -> frozenset[str]:
    """Return what the seat may do, by its role and singly."""
    return frozenset(right for right in RIGHT_LABELS if seat.can(right))


def list_labels(rights: Iterable[str]) -> str:
    """Return what these rights are called, in the order of the table."""
    return _("、").join(
        str(RIGHT_LABELS[each]) for each in RIGHT_LABELS if each in rights
    )


def refuse_stranger(by: Seat, seat: Seat) -> None:
    """Raise ValidationError where ``by`` may not change this seat."""
    if not can_manage(by, seat):
        raise ValidationError(STRANGER, code="stranger")


def refuse_last_owner(seat: Seat) -> None:
    """Raise ValidationError where no other owner could act after this one is gone, or none with every right."""
    if seat.role != Role.OWNER or seat.off_at:
        return
    others = Seat.objects.filter(role=Role.OWNER, off_at=None).exclude(pk=seat.pk)
    limited = [bool(each.deviations) for each in others]
    if not limited or (not seat.deviations and all(limited)):
        raise ValidationError(
            _(
                "すべての権限を持つオーナーが1名もいなくなります。先に、別の方をそのようなオーナーにしてください。"
            ),
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
    held = collect_rights(seat)
    single = clean_single_rights(by, role, rights, held)
    if role != Role.OWNER or single:
        refuse_last_owner(seat)
    before: dict[str, Any] = {"role": seat.role, "rights": seat.rights}
    seat.role, seat.rights = role, single
    after: dict[str, Any] = {"role": seat.role, "rights": seat.rights}
    if before != after:
        seat.save(update_fields=["role", "rights"])
        if held - collect_rights(seat):
            end_codes_by(seat)
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
    if not is_on:
        end_codes_by(seat)
    audit.record_action("seat.switched_on" if is_on else "seat.switched_off", seat)


@transaction.atomic
def remove_seat(by: Seat, seat: Seat) -> None:
    """Take the operator out of the shop. The login stays, and what they did stays theirs."""
    lock_shop()
    seat = Seat.objects.select_related("operator").get(pk=seat.pk)
    refuse_stranger(by, seat)
    refuse_last_owner(seat)
    end_resets(seat)
    end_codes_by(seat)
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
    if objection := describe_login_objection(by, seat):
        raise ValidationError(objection, code="made_elsewhere")


def end_resets(seat: Seat) -> None:
    """Let the codes that this shop made for the operator work no more."""
    AccessCode.objects.filter(
        kind=AccessCode.Kind.RESET, operator=seat.operator, ended_at=None
    ).update(ended_at=timezone.now())


def end_codes_by(seat: Seat) -> None:
    """Let the codes that this operator made work no more: who loses rights may still hold one to come back with."""
    codes = AccessCode.objects.filter(
        made_by=seat.operator_id, ended_at=None, expires_at__gt=timezone.now()
    )
    for code in codes.select_for_update():
        code.ended_at = timezone.now()
        code.save(update_fields=["ended_at"])
        if code.kind == AccessCode.Kind.INVITE:
            audit.record_action("seat.invitation_cancelled", code)


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
