"""Addresses that open inside LINE, and those that are entered at LINE."""

from django.conf import settings

from messaging.models import LineAccount
from tenants.realms import build_realm_url

# LINE's own; the sandbox serves both kinds at one address.
LIFF_URL, MINI_APP_URL = "https://liff.line.me", "https://miniapp.line.me"


def build_liff_url(account: LineAccount, path: str) -> str:
    """Return the URL that opens ``path`` (below the LIFF endpoint) in LINE, so that the page learns who is asking."""
    base = settings.LIFF_URL
    if account.liff_kind == LineAccount.LiffKind.MINI and base == LIFF_URL:
        base = MINI_APP_URL
    return f"{base}/{account.liff_id}/{path}"


def build_webhook_url(account: LineAccount) -> str:
    """Return the Webhook URL to be entered at LINE; its key cannot be guessed."""
    return build_realm_url(
        "public", account.tenant, "messaging:webhook", [account.webhook_key]
    )


def build_liff_endpoint(account: LineAccount) -> str:
    """Return the endpoint URL to be entered for the LIFF app; the paths of all LIFF URLs lie below it."""
    return f"{settings.SITE_URL}/p/{account.tenant.slug}/f/"
