"""What LINE says no to."""

from outbound.errors import GiveUp


class LineRefused(GiveUp):
    """LINE understood and said no: ``status`` 4xx and its own words. Trying the same again does not help."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status} {message}")
        self.status, self.message = status, message


class TokenRefused(GiveUp):
    """An ID token that proves nothing. ``code``: "expired", "audience", "issuer", "nonce", "subject" or "invalid"."""
