"""The address of a receipt: its number, signed for this shop."""

from django.core.signing import BadSignature, Signer

from rpa.models import CancellationRequest
from tenants.scope import get_current_tenant_id


def build_signer() -> Signer:
    return Signer(salt=f"rpa.receipt:{get_current_tenant_id()}", sep=".")


def build_key(request: CancellationRequest) -> str:
    """Return the key of the request's receipt, within the shop's scope."""
    return build_signer().sign(request.public_id)


def read_key(key: str) -> str:
    """Return the public id of the request; "" for a key that was never given out here."""
    try:
        return build_signer().unsign(key)
    except BadSignature:
        return ""
