"""What a channel is to the sender: it prepares calls, makes them, and says what each answer means."""

import random
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from redis.asyncio import Redis

if TYPE_CHECKING:
    from messaging.deliveries.ledger import DueDelivery, Request
    from messaging.deliveries.outcomes import CallResult
    from messaging.models import Sender

# The longest pause between two tries, in seconds.
LONGEST_PAUSE = 300


class Outcome(Enum):
    SENT = "sent"
    REFUSED = "refused"  # the other side's last word on this call: nobody got it
    UNCERTAIN = "uncertain"  # no answer, or an error of theirs: it may have arrived
    LATER = "later"  # not accepted now; the same mail may be tried again
    TOO_FAST = "rate"  # not sent; wait
    NO_QUOTA = "quota"  # not sent; the month's messages are used up
    BAD_TOKEN = "auth"  # noqa: S105 - not sent; the account's settings are wrong
    BAD_FROM = "from"  # not sent; the server takes no mail from this address
    UNREACHED = "unreached"  # not sent; nobody could be talked to
    NOT_CALLED = "not called"  # time was up before its turn came


# Nothing can have arrived by a try that ended so.
NOT_SENT = {
    Outcome.TOO_FAST, Outcome.NO_QUOTA, Outcome.BAD_TOKEN, Outcome.BAD_FROM, Outcome.UNREACHED, Outcome.NOT_CALLED,
    Outcome.LATER,
}  # fmt: skip
# Nothing goes out any more until a person has seen to it.
STOPPING = {Outcome.NO_QUOTA, Outcome.BAD_TOKEN, Outcome.BAD_FROM}
# The other side is in trouble, whatever is sent.
TROUBLING = {Outcome.UNCERTAIN, Outcome.UNREACHED}


@dataclass(frozen=True)
class Answer:
    """The answer to one call; ``retry_after`` is in seconds and counts with TOO_FAST only.

    ``about_text``: refused for what is said, not for whom it is said to.
    """

    outcome: Outcome
    status: int | None = None
    request_id: str = ""
    error: str = ""
    retry_after: float = 1.0
    about_text: bool = False


class Channel(ABC):
    """One way out for the deliveries of one sender.

    ``in_flight`` calls are made at a time, each at most ``call_seconds`` long; ``batch`` deliveries are taken at once.
    """

    in_flight: ClassVar[int]
    call_seconds: ClassVar[float]
    batch: int = 500

    def __init__(self, sender: "Sender") -> None:
        self.sender = sender

    @abstractmethod
    async def open(self, valkey: Redis) -> None:
        """Get ready to send; the pace is counted in Valkey, over all workers."""

    @abstractmethod
    async def close(self) -> None: ...

    @abstractmethod
    def prepare(self, rows: "Sequence[DueDelivery]") -> "list[Request]":
        """Return the calls that carry these deliveries, each delivery in exactly one."""

    @abstractmethod
    def load_contents(self, pks: Collection[int]) -> None:
        """Read what is to be said by these contents, before calls that name them are sent."""

    @abstractmethod
    async def wait_turn(self, request: "Request") -> None:
        """Wait until the pace lets one more call go."""

    @abstractmethod
    async def send(self, request: "Request") -> Answer:
        """Make the call and return the answer; never raise for what the network or the other side does."""

    @abstractmethod
    async def slow_down(self, request: "Request", answer: Answer) -> None:
        """Let nobody call for as long as the answer asks."""

    @abstractmethod
    def decide_old_call(self, request: "Request") -> "CallResult | None":
        """Return how a call that is taken again ends without another try; None when it may be tried again."""

    @abstractmethod
    def settle(self, request: "Request", answer: Answer) -> "CallResult":
        """Return what the answer means for the call and its deliveries."""

    def note_results(  # noqa: B027 - most channels learn nothing more
        self, results: "Sequence[CallResult]"
    ) -> None:
        """Note what follows from these results beyond the ledger, in the transaction that recorded them."""


def compute_pause(request: "Request", answer: Answer) -> float:
    """Return the seconds until the next try.

    They grow with each try. After an uncertain answer they are spread, so that the tries never come all at once.
    """
    longer = min(2.0 ** min(request.number, 10), LONGEST_PAUSE)
    if answer.outcome in TROUBLING:
        return longer * random.uniform(0.5, 1)  # noqa: S311 - spreading, no secret
    # LINE also answers so when one person gets too much: their message must not slow down all the others for ever.
    return (
        max(answer.retry_after, longer / 2) if answer.outcome is Outcome.TOO_FAST else 0
    )
