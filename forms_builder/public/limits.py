"""How often a form may be opened and answered, counted in Valkey by fixed windows.

Names in Valkey are keyed hashes: no address and no user id stands there. Where Valkey does not answer, opening stays
free, and answering is bounded by what is stored: a customer must not be turned away because a counter is down.
"""

import hashlib
import hmac
import ipaddress
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from redis.exceptions import RedisError

from forms_builder.models import Form, Submission
from members.models import Member
from outbound.valkey import connect_valkey

logger = logging.getLogger(__name__)
WINDOW = 10 * 60
# KEYS: counters; ARGV: the seconds that they are kept, then how many each may count. Stops at the first that is over.
COUNT = """
for i, key in ipairs(KEYS) do
  local n = redis.call('INCR', key)
  if n == 1 then redis.call('EXPIRE', key, ARGV[1]) end
  if n > tonumber(ARGV[i + 1]) then return 1 end
end
return 0
"""


@dataclass(frozen=True)
class Limit:
    """So many within ``WINDOW`` seconds. Whole offices and mobile carriers share an address: the member's is tight."""

    member: int
    address: int
    form: int


OPENING = Limit(member=60, address=1_500, form=50_000)
MAILS_TO_ONE = 3
ANSWERING = Limit(member=20, address=1_500, form=50_000)


def get_opening_wait(request: HttpRequest, form: Form) -> int:
    """Return the seconds until the form may be opened from there again; 0: now. Without Valkey it is always 0."""
    return (
        count_attempt(
            "open",
            form,
            {get_trusted_address(request): OPENING.address, "form": OPENING.form},
        )
        or 0
    )


def get_member_opening_wait(form: Form, member: Member) -> int:
    """Return the same for one member, known after LINE said who it is."""
    return count_attempt("open", form, {f"member {member.pk}": OPENING.member}) or 0


def get_mail_wait(form: Form, address: str) -> int | None:
    """Return the seconds until the form may write to this address again; 0: now, None without Valkey."""
    return count_attempt("mail", form, {f"to {address}": MAILS_TO_ONE})


def get_answering_wait(request: HttpRequest, form: Form, member: Member | None) -> int:
    """Return the seconds until the form may be sent again by this member and from there; 0: now."""
    limits = {f"member {member.pk}": ANSWERING.member} if member else {}
    limits |= {get_trusted_address(request): ANSWERING.address, "form": ANSWERING.form}
    wait = count_attempt("answer", form, limits)
    if wait is None:
        return get_stored_answers_wait(member) if member else 0
    return wait


def get_stored_answers_wait(member: Member) -> int:
    since = timezone.now() - timedelta(seconds=WINDOW)
    return (
        WINDOW
        if Submission.objects.of_member_since(member.pk, since) >= ANSWERING.member
        else 0
    )


def count_attempt(
    what: str, form: Form, limits: dict[str, int], length: int = WINDOW
) -> int | None:
    """Count one more of each; return the seconds left of the window when one is over, else 0, None without Valkey.

    ``length`` of the window is in seconds, ``WINDOW`` at most. Stop at the first that is over, so that one noisy
    address does not use up what the form may take.
    """
    now = time.time()
    prefix, window = f"forms:{form.tenant_id}:{form.pk}:{what}", int(now // length)
    counters = {
        f"{prefix}:{hash_name(name)}:{window}": most for name, most in limits.items()
    }
    try:
        is_over = is_over_limits(counters)
    except (RedisError, OSError):
        logger.warning("The form limits are not counted: Valkey does not answer.")
        return None
    return int(length - now % length) + 1 if is_over else 0


def is_over_limits(counters: Mapping[str, int]) -> bool:
    """Count one more of each key, in one step; return whether one is over its limit. Raise RedisError."""
    return bool(
        connect_valkey().eval(
            COUNT, len(counters), *counters, WINDOW + 60, *counters.values()
        )
    )


def hash_name(name: str) -> str:
    return hmac.new(
        settings.SECRET_KEY.encode(), name.encode(), hashlib.sha256
    ).hexdigest()[:24]


def get_trusted_address(request: HttpRequest) -> str:
    """Return the nearest address we trust: of the proxy's own entry when there is one. IPv6 by its /64."""
    given = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        given = (
            request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
            or given
        )
    try:
        address = ipaddress.ip_address(given)
    except ValueError:
        return "unknown"
    return (
        str(ipaddress.ip_network(f"{address}/64", strict=False))
        if address.version == 6
        else str(address)
    )
