"""Ready-made scenarios: one click makes one, switched off, with its trigger, its times and its texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import ngettext

from messaging.content.make import Written
from messaging.extension import extensions
from messaging.models import LineAccount, MailAccount, Scenario, Trigger, Way
from messaging.scenarios.manage import save_scenario, save_step
from messaging.scenarios.triggers import add_trigger
from messaging.triggers.kinds import get_trigger_kind


@dataclass(frozen=True)
class ReadyStep:
    """One message: ``text`` and ``mobile`` are of the mail, ``line`` is what friends get instead."""

    days: int
    at: time
    subject: str
    text: str
    mobile: str
    line: str

    @property
    def when(self) -> str:
        """Say which day after the event and at what time: nobody is written to at night."""
        words = ngettext("%(days)s日後の%(at)s", "%(days)s日後の%(at)s", self.days)
        return words % {"days": self.days, "at": f"{self.at:%H:%M}"}


@dataclass(frozen=True)
class ReadyScenario:
    """One of them. ``use``: what it is for, to the operator; its texts are for customers, so in Japanese."""

    key: str
    name: str
    use: str | Promise
    is_ad: bool
    kind: str
    steps: Sequence[ReadyStep]
    counts_from: str = Scenario.CountsFrom.EVENT
    second_event: str = Scenario.SecondEvent.EVERY

    @property
    def start(self) -> Promise | str:
        return get_trigger_kind(self.kind).label

    @property
    def base(self) -> str:
        return str(Scenario.CountsFrom(self.counts_from).label)

    @property
    def rule(self) -> str:
        return str(Scenario.SecondEvent(self.second_event).label)


class NoAccount(Exception):
    """The shop has neither a LINE account nor a mail account to send from."""


def list_ready_scenarios() -> list[ReadyScenario]:
    return [ready for each in extensions.values() for ready in each.ready_scenarios]


def find_ready_scenario(key: str) -> ReadyScenario | None:
    return next((ready for ready in list_ready_scenarios() if ready.key == key), None)


def choose_way() -> Way:
    """Return the way that reaches most: LINE or mail, whichever each has, where the shop has both."""
    has_line, has_mail = LineAccount.objects.exists(), MailAccount.objects.exists()
    if not has_line and not has_mail:
        raise NoAccount
    if has_line and has_mail:
        return Way.EITHER
    return Way.LINE if has_line else Way.MAIL


@transaction.atomic
def make_ready_scenario(ready: ReadyScenario) -> Scenario:
    """Make the scenario, off, with its trigger and its messages. Raise NoAccount where nothing could send it."""
    way = choose_way()
    scenario = Scenario(
        name=ready.name,
        is_ad=ready.is_ad,
        counts_from=ready.counts_from,
        second_event=ready.second_event,
    )
    save_scenario(scenario, [])
    add_trigger(scenario, Trigger.Role.START, ready.kind)
    for step in ready.steps:
        written = Written(
            way=way,
            text=step.line if way != Way.MAIL else "",
            subject=step.subject,
            mail_text=step.text,
            mobile=step.mobile,
        )
        when = {"delay": timedelta(days=step.days), "at_time": step.at}
        save_step(scenario, None, when, written)
    return scenario
