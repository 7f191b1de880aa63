"""What can go wrong with LINE."""


class Unavailable(Exception):
    """LINE gave no answer, or said 5xx or 429: trying later may help."""


class LineRefused(Exception):
    """LINE understood and said no: ``status`` 4xx and its own words. Trying the same again does not help."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status} {message}")
        self.status, self.message = status, message


class TokenRefused(Exception):
    """An ID token that proves nothing. ``reason``: "expired", "audience", "issuer", "nonce", "subject" or "invalid"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
