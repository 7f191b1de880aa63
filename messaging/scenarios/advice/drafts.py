"""What an operator should know of a message while it is being written: when it would go out, what speaks against it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from messaging.content.render import Attachable
from messaging.deliveries.holds import LinkTiming
from messaging.models import Scenario, Step
from messaging.scenarios.advice.warnings import AT_ONCE, QUIET_HOURS
from messaging.scenarios.durations import describe_duration
from messaging.scenarios.plan import PlannedStep, plan_from_now
from messaging.schedule.due import Window

SHORTEST_MONTH = timedelta(days=28)
ASKS_FOR = {"phone", "email"}


@dataclass(frozen=True)
class StepDraft:
    """A message and its series as they were typed; neither need be saved.

    ``waits``: it matters that the carts were polled before it goes out. ``is_for_unlinked``: it passes over the linked.
    """

    scenario: Scenario
    step: Step
    timing: LinkTiming
    form: Attachable | None = None
    waits: bool = False
    is_for_unlinked: bool = False

    @property
    def delay(self) -> timedelta:
        return self.step.delay + SHORTEST_MONTH * self.step.months


def plan_draft(draft: StepDraft) -> PlannedStep:
    """Return when it would go out for somebody who came in now."""
    return plan_from_now(draft.scenario, [draft.step])[0]


def list_draft_advice(draft: StepDraft) -> list[str]:
    """Return everything, in the order of the form."""
    return [
        *find_poll_advice(draft),
        *find_delay_advice(draft),
        *find_night_advice(draft),
        *find_form_advice(draft),
    ]


def find_poll_advice(draft: StepDraft) -> Iterator[str]:
    if draft.is_for_unlinked and not draft.scenario.wait_for_polls:
        yield _(
            "「連携を2回確認してから配信する」がオフです。カートが止まっている間も送るため、連携できる会員にも届くことがあります。"
        )


def find_delay_advice(draft: StepDraft) -> Iterator[str]:
    frequency = draft.timing.frequency
    if not frequency or not draft.waits or draft.delay >= 2 * frequency:
        return
    values = {
        "frequency": describe_duration(frequency),
        "delay": describe_duration(draft.delay),
        "double": describe_duration(2 * frequency),
    }
    text = (
        _(
            "カート連携頻度（%(frequency)s）より短い時間（%(delay)s）です。連携を確かめる前に送るため、連携できる会員にも"
            "届きます。おすすめは%(double)s以上です。"
        )
        if draft.delay < frequency
        else _(
            "配信時間（%(delay)s）がカート連携頻度（%(frequency)s）の2倍より短いため、連携が1回遅れると、連携できる会員にも"
            "届くことがあります。おすすめは%(double)s以上です。"
        )
    )
    yield text % values


def find_night_advice(draft: StepDraft) -> Iterator[str]:
    """Yield what brings a message at night: its own time, no window, or a window that is open at night."""
    at_time, window = draft.step.at_time, draft.scenario.window
    if (
        at_time
        and QUIET_HOURS.contains(at_time)
        and (not window or window.contains(at_time))
    ):
        yield _(
            "時刻（%(time)s）は、夜間または早朝です。時間帯を確かめてください。"
        ) % {"time": f"{at_time:%H:%M}"}
    elif window and is_open_at_night(window) and not at_time:
        yield _(
            "送信時間帯（%(start)s〜%(end)s）に、夜間または早朝（21:00〜8:00）が含まれています。"
        ) % {"start": f"{window.start:%H:%M}", "end": f"{window.end:%H:%M}"}
    elif not window and not at_time and draft.delay >= AT_ONCE:
        yield _(
            "きっかけの時刻から数えるため、夜中に起きたきっかけでは、夜中に届きます。送信時間帯を決めると、次の朝に送ります。"
        )


def is_open_at_night(window: Window) -> bool:
    """Return whether any minute of the window lies in the quiet hours."""
    return window.contains(QUIET_HOURS.start) or QUIET_HOURS.contains(window.start)


def find_form_advice(draft: StepDraft) -> Iterator[str]:
    if draft.form and draft.waits and not ASKS_FOR & set(draft.form.kinds):
        text = _(
            "添えたフォーム「%(form)s」に、電話番号とメールアドレスのどちらの項目もありません。連携に使う項目をフォームに追加してください。"
        )
        yield text % {"form": draft.form.label}
