"""What only advertising mails have: their end, and the headers by which a mail program stops further ones."""

import uuid
from collections.abc import Mapping, Sequence

from messaging.content.footer import find_footer, write_footer
from messaging.deliveries.ledger import DueDelivery
from messaging.links.addresses import encode_token
from tenants.models import Tenant
from tenants.realms import build_realm_url


def build_ad_ends(
    tenant: Tenant, rows: Sequence[DueDelivery]
) -> dict[int, dict[str, str]]:
    """Return, by the delivery, what an advertising mail ends with and where its reader stops further ones."""
    ads = [row for row in rows if row.is_ad]
    footer = find_footer() if ads else None
    if not footer:
        return {}
    urls = {row.id: build_unsubscribe_url(tenant, row.public_id) for row in ads}
    return {
        pk: {"unsubscribe": url, "footer": write_footer(footer, url)}
        for pk, url in urls.items()
    }


def build_unsubscribe_url(tenant: Tenant, public_id: uuid.UUID) -> str:
    token = encode_token(public_id)
    return build_realm_url("public", tenant, "message_pages:unsubscribe", [token])


def build_ad_headers(values: Mapping[str, str]) -> dict[str, str]:
    """Return what lets a mail program unsubscribe its owner with one click (RFC 8058)."""
    url = values.get("unsubscribe", "")
    if not url:
        return {}
    return {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
