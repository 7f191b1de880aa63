"""Which SECRET_KEY a cell signs with, told without the key: both cells of a move have the same (docs/scaling.md)."""

import hashlib
import hmac

from django.conf import settings

WORDS = b"tsunagi: which SECRET_KEY signs here"


def compute_fingerprint() -> str:
    """Return 64 letters that only this key gives. Nobody who reads them learns a key of 40 random characters."""
    return hmac.new(settings.SECRET_KEY.encode(), WORDS, hashlib.sha256).hexdigest()
