"""What can go wrong with a call to the outside, told apart by what helps: waiting, nothing, or a person."""

from datetime import timedelta


class OutboundError(Exception):
    """Something outside did not do what it was asked. ``code`` says what, for the words of the screens."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TryLater(OutboundError):
    """Passes by itself; ``pause`` is what the other side asked for."""

    def __init__(self, code: str, pause: timedelta | None = None) -> None:
        super().__init__(code)
        self.pause = pause


class GiveUp(OutboundError):
    """This one request will never work; others may."""


class FixSettings(OutboundError):
    """Nothing will work until a person changes the settings."""
