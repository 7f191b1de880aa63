"""Faults to order: the same seed gives the same faults in the same order of requests."""

import random
from dataclasses import dataclass

RATES = ("before_500", "after_500", "rate_429", "hang")


@dataclass
class Faults:
    """Rates are shares of all sends (push, multicast, reply), drawn once per request, so they exclude each other.

    before_500  answered 500, nothing accepted
    after_500   accepted and delivered, then answered 500
    rate_429    "The API rate limit has been exceeded…"
    hang        never answered; every second one of them was accepted before
    quota_429   every send meets the monthly limit
    slow_ms     each Messaging API answer waits that long
    push_per_second  more sends than this in one second of a channel meet the rate limit; 0 = no limit
    """

    before_500: float = 0.0
    after_500: float = 0.0
    rate_429: float = 0.0
    hang: float = 0.0
    quota_429: bool = False
    slow_ms: int = 0
    push_per_second: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        total = sum(getattr(self, name) for name in RATES)
        if total > 1 or any(getattr(self, name) < 0 for name in RATES):
            raise ValueError("障害の割合は0以上で、合計1以下にしてください。")
        self._random = random.Random(self.seed)  # noqa: S311 - must repeat itself
        self.quiet = not total

    def draw(self) -> str:
        """Return which fault hits the next send: one of RATES, "hang_after", or "" for none."""
        if self.quiet:
            return ""
        left = self._random.random()
        for name in RATES:
            share = getattr(self, name)
            if left < share:
                return "hang_after" if name == "hang" and left < share / 2 else name
            left -= share
        return ""
