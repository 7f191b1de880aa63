"""What a help desk sends an operator with: a customer's address. It leaves the URL at once."""

import time

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from forms_builder.public.limits import (
    get_trusted_address,
    hash_name,
    is_over_limits,
)
from tenants.scope import get_current_tenant_id

LONGEST = 254
# How many look-ups one address of the network may make within ten minutes; whole offices share one.
WINDOW, MOST = 10 * 60, 600


def clean_address(text: str) -> str:
    """Return a customer's address as it was handed over; of several the first. Raises ValidationError."""
    first = text.split(",")[0].strip()
    if not first:
        raise ValidationError(_("メールアドレスが渡されていません。"))
    if len(first) > LONGEST:
        raise ValidationError(_("メールアドレスが長すぎます。"))
    try:
        validate_email(first)
    except ValidationError as error:
        raise ValidationError(
            _("メールアドレスとして読めない値が渡されました。")
        ) from error
    return first


def is_too_often(request: HttpRequest) -> bool:
    """Count one more look-up from there; without Valkey nobody is turned away."""
    now = time.time()
    address = hash_name(get_trusted_address(request))
    key = f"helpdesk:{get_current_tenant_id()}:{address}:{int(now // WINDOW)}"
    try:
        return is_over_limits({key: MOST})
    except (RedisError, OSError):
        return False
