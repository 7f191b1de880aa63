"""Links from one realm into another."""

from collections.abc import Sequence

from django.conf import settings
from django.urls import get_script_prefix, reverse, set_script_prefix

from tenants.models import Tenant

REALMS = {"t": "config.urls_console", "p": "config.urls_public"}
LETTERS = {"console": "t", "public": "p"}


def build_realm_url(
    realm: str,
    tenant: Tenant,
    name: str,
    args: Sequence[object] = (),
    absolute: bool = True,
) -> str:
    """Return the URL of ``name`` in a shop's "console" or "public" realm, from anywhere (tasks and mails included)."""
    letter, before = LETTERS[realm], get_script_prefix()
    set_script_prefix(f"/{letter}/{tenant.slug}/")
    try:
        path = reverse(name, urlconf=REALMS[letter], args=args)
    finally:
        set_script_prefix(before)
    return f"{settings.SITE_URL}{path}" if absolute else path
