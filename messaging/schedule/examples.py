"""What each rule for a second event does to two series: a worked example, of nothing but when the mails are due.

The enrolling statement decides the same in the database (messaging/scenarios/enroll.py); a test holds the two together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from messaging.models import Scenario

Rule = Scenario.SecondEvent


@dataclass(frozen=True)
class ExampleMail:
    """The ``number``-th mail of the first or second event (``event``); ``goes``: whether it is sent under the rule."""

    event: int
    number: int
    at: datetime
    goes: bool


def play_rule(
    rule: str,
    first: Sequence[datetime],
    second: Sequence[datetime],
    second_at: datetime,
) -> list[ExampleMail]:
    """Return all mails of both series in the order in which they are due.

    ``first``, ``second``: when the mails of the series are due that each event starts; ``second_at``: when the second
    event comes in. What is due until then has gone out.
    """
    is_running = any(at > second_at for at in first)
    starts_again = rule in (Rule.EVERY, Rule.RESTART) or (
        rule == Rule.NOT_RUNNING and not is_running
    )
    mails = [
        ExampleMail(1, number, at, rule != Rule.RESTART or at <= second_at)
        for number, at in enumerate(first, 1)
    ] + [
        ExampleMail(2, number, at, starts_again) for number, at in enumerate(second, 1)
    ]
    return sorted(mails, key=lambda mail: (mail.at, mail.event, mail.number))
