"""The form of an address under which its suppression is found."""

from members.normalize.emails import normalize_email


def build_suppression_key(address: str) -> str:
    """Return the normalised address, or its lower case; the ledger's statement says the same."""
    return (normalize_email(address) or address.strip().lower())[:254]
