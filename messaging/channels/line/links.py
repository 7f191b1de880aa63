"""Addresses that open inside LINE."""

from django.conf import settings

from messaging.models import LineAccount
from tenants.realms import link


def liff_url(account: LineAccount, path: str) -> str:
    """Opens ``path`` (below the LIFF endpoint) in LINE, so that the page learns who is asking."""
    return f"{settings.LIFF_URL}/{account.liff_id}/{path}"


def webhook_url(account: LineAccount) -> str:
    """What is entered as Webhook URL at LINE. Its key cannot be guessed."""
    return link("public", account.tenant, "messaging:webhook", [account.webhook_key])


def liff_endpoint(account: LineAccount) -> str:
    """What is entered as the endpoint URL of the LIFF app; the paths of liff_url() lie below it."""
    return f"{settings.SITE_URL}/p/{account.tenant.slug}/f/"
