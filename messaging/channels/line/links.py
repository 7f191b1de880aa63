"""Addresses that open inside LINE, and those that are entered at LINE."""

from django.conf import settings

from messaging.models import LineAccount
from tenants.realms import build_realm_url


def build_liff_url(account: LineAccount, path: str) -> str:
    """Return the URL that opens ``path`` (below the LIFF endpoint) in LINE, so that the page learns who is asking."""
    return f"{settings.LIFF_URL}/{account.liff_id}/{path}"


def build_webhook_url(account: LineAccount) -> str:
    """Return the Webhook URL to be entered at LINE; its key cannot be guessed."""
    return build_realm_url(
        "public", account.tenant, "messaging:webhook", [account.webhook_key]
    )


def build_liff_endpoint(account: LineAccount) -> str:
    """Return the endpoint URL to be entered for the LIFF app; the paths of all LIFF URLs lie below it."""
    return f"{settings.SITE_URL}/p/{account.tenant.slug}/f/"
