"""The lines of the audit log about a login, in every shop where the operator works."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest

from operators import audit
from operators.login.backend import find_operator
from operators.models import Operator, Seat
from tenants.scope import act_as, get_current_tenant_id_or_none, open_tenant_scope


def record_login_event(
    operator: Operator, action: str, address: str | None, **data: Any
) -> None:
    """Add the line to each shop where this operator works; within a shop's scope to that one alone."""
    refused = data.pop("refused", False)
    with transaction.atomic():
        seats = Seat.of(operator)
    inside = get_current_tenant_id_or_none()
    for seat in seats:
        if inside and inside != seat.tenant_id:
            continue
        with (
            transaction.atomic(),
            open_tenant_scope(seat.tenant),
            act_as(operator, "login"),
            audit.record_from(address),
        ):
            audit.record_action(action, refused=refused, **data)


def record_failed_login(name: str, action: str, address: str | None) -> None:
    """Add the line where somebody has this name; who typed it is not known."""
    if operator := find_operator(name):
        record_login_event(operator, action, address, refused=True)


def get_request_address(request: HttpRequest | None) -> str | None:
    """Return the address of the network that our own proxy saw."""
    from allauth.account.adapter import get_adapter  # it imports our adapter

    return get_adapter().get_client_ip(request) if request else None
