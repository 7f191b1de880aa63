"""Which roles work in a shop only with a second factor; who has none is led to set it up."""

from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from operators import audit
from operators.login.factors import has_second_factor
from operators.models import Seat
from operators.roles import MANAGES, Role
from operators.seats.manage import refuse_other_makers
from operators.tasks import queue_change_mail
from tenants.models import Tenant
from tenants.scope import get_current_tenant_id


def must_set_up_factor(seat: Seat, shop: Tenant) -> bool:
    """Return whether this seat's operator has to register a second factor before working on."""
    return seat.role in shop.second_factor_roles and not has_second_factor(
        seat.operator
    )


@transaction.atomic
def require_factor_of(by: Seat, roles: Iterable[Role]) -> None:
    """Require a second factor of exactly these roles.

    Raise ValidationError for a role that is not ``by``'s to manage.
    """
    shop = Tenant.objects.select_for_update().get(pk=get_current_tenant_id())
    before, after = shop.second_factor_roles, [role for role in Role if role in roles]
    changed = set(before) ^ set(after)
    if changed - set(MANAGES.get(Role(by.role), ())):
        raise ValidationError(
            _(
                "オーナーと店長の二段階認証を変更できるのはオーナーだけです。オーナーに依頼してください。"
            ),
            code="role",
        )
    if changed:
        shop.second_factor_roles = after
        shop.save(update_fields=["second_factor_roles"])
        audit.record_action("login.rule_changed", shop, before=before, after=after)


@transaction.atomic
def remove_factors(by: Seat, seat: Seat, address: str | None) -> int:
    """Take the second factor of an operator who has lost it away, with their recovery codes; return how many.

    Raise ValidationError where this shop did not make the login.
    """
    refuse_other_makers(by, seat)
    removed, _rows = Authenticator.objects.filter(user_id=seat.operator_id).delete()
    if removed:
        audit.record_action("seat.factors_removed", seat, factors=removed)
        # The line above is the manager's; the operator did nothing and is only told.
        queue_change_mail(
            seat.operator, seat.operator.email, "login.factor_removed", address
        )
    return removed
