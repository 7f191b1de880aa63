"""Why a member gets the messages of a scenario, or does not: each condition with its value, and the decision (X3).

What is coming is explained with the values of now. What went out, or was left out, is explained once more with the
values of that moment where they have a history (members/identity/rewind.py); the others are marked 現在の値.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.conditions.sentences import describe_condition
from members.conditions.tree import BadCondition, filter_members, walk_leaves
from members.identity.rewind import has_history, rewind_member
from members.models import Member, MemberTag, Tag
from messaging.accounts.stop_all import find_open_stop
from messaging.deliveries.holds import get_link_timing
from messaging.deliveries.reach import explain_no_message
from messaging.deliveries.reasons import describe_reason
from messaging.models import Delivery, Enrollment, Scenario, Trigger, Way
from messaging.scenarios.people import explain_refusal, group_deliveries
from messaging.triggers.kinds import get_trigger_kind

# What was decided: it was tried, or left out. So many decisions are explained as of then.
DECIDED = (*Delivery.GONE, Delivery.State.SKIPPED, Delivery.State.FAILED)
MOST_PAST = 10


@dataclass(frozen=True)
class Check:
    """One condition. ``value``: the member's; ``holds``: None where it decides nothing; ``note``: as of when.

    ``way``: it is about messages that go this way; "" about any.
    """

    label: str
    value: str
    holds: bool | None
    note: str = ""
    way: str = ""


@dataclass(frozen=True)
class Run:
    """One event that came in, and what it booked."""

    enrollment: Enrollment
    trigger: str
    refusal: str
    ending: str
    deliveries: list[Delivery]
    # Delivery's id → its conditions as of when it was decided.
    past: dict[int, list[Check]]

    @property
    def decided(self) -> list[tuple[Delivery, list[Check]]]:
        """The deliveries, each with its conditions as of then; [] where nothing was decided yet."""
        return [(row, self.past.get(row.pk, [])) for row in self.deliveries]


@dataclass(frozen=True)
class Explanation:
    """``decision``: the whole in one sentence; ``is_sent``: whether the next message goes out as things stand."""

    decision: str
    is_sent: bool
    starts: list[Check]
    conditions: list[Check]
    reach: list[Check]
    runs: list[Run]


def explain_member(
    scenario: Scenario, member: Member, with_past: bool = False
) -> Explanation:
    """Explain the scenario's decisions on a member, as things stand now, with what was decided before.

    ``with_past``: with each condition as of the newest MOST_PAST decisions.
    """
    runs = list_runs(scenario, member)
    if with_past:
        add_past(scenario, member, runs)
    starts = [explain_start(row, member, runs) for row in scenario.starts]
    conditions = [*explain_conditions(scenario, member)]
    reach = [*explain_reach(scenario, member)]
    is_sent, decision = summarize_decision(scenario, runs, [*conditions, *reach])
    return Explanation(decision, is_sent, starts, conditions, reach, runs)


def list_runs(scenario: Scenario, member: Member) -> list[Run]:
    """Return what came in, the newest first."""
    rows = Enrollment.objects.filter(scenario=scenario, member=member)
    enrollments = list(rows.order_by("-triggered_at", "-pk"))
    deliveries = group_deliveries(enrollments)
    names = {
        trigger.pk: get_trigger_kind(trigger.kind).describe(trigger)
        for trigger in scenario.starts
    }
    return [
        Run(
            row,
            describe_starter(row, names),
            explain_refusal(row),
            describe_reason(row.ended_why),
            deliveries[row.pk],
            {},
        )
        for row in enrollments
    ]


def describe_starter(row: Enrollment, names: dict[int, str]) -> str:
    if not row.started_by:
        return _("オペレーターの操作")
    return names.get(row.started_by) or _("いまは外されているきっかけ")


def explain_start(trigger: Trigger, member: Member, runs: list[Run]) -> Check:
    """Return whether this trigger ever let the member in."""
    label = get_trigger_kind(trigger.kind).describe(trigger)
    own = [run for run in runs if run.enrollment.started_by == trigger.pk]
    if own:
        at = format_moment(own[0].enrollment.triggered_at)
        return Check(label, _("%(at)sに起きました") % {"at": at}, True)
    if trigger.tag:
        since = find_tagged_since(member, [trigger.tag.pk]).get(trigger.tag.pk)
        if since:
            value = _("%(at)sからタグが付いていますが、きっかけには数えていません")
            note = _("オフの間や、きっかけを追加する前に付いたタグです。")
            return Check(label, value % {"at": format_moment(since)}, False, note)
    return Check(label, _("まだ起きていません"), False)


def find_tagged_since(member: Member, tag_ids: list[int]) -> dict[int, datetime]:
    rows = MemberTag.objects.filter(member=member, tag__in=tag_ids)
    return dict(rows.values_list("tag_id", "batch__at"))


# ---------------------------------------------------------------- the conditions
def explain_conditions(scenario: Scenario, member: Member) -> Iterator[Check]:
    """Yield each part of the scenario's own condition and of its saved condition."""
    for part in list_parts(scenario.condition):
        yield explain_part(part, member)
    if scenario.segment:
        name = _("保存した条件「%(name)s」") % {"name": scenario.segment.name}
        for part in list_parts(scenario.segment.condition):
            found = explain_part(part, member)
            yield Check(f"{name}：{found.label}", found.value, found.holds, found.note)


def list_parts(condition: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what must all hold; a group of alternatives is one part."""
    if not condition:
        return []
    parts = condition.get("all")
    return [part for part in parts if part] if isinstance(parts, list) else [condition]


def explain_part(part: dict[str, Any], member: Member, note: str = "") -> Check:
    """Return whether the member fits; ``note``: as of when, 現在の値 by default."""
    note = note or _("現在の値")
    try:
        label = describe_condition(part)
        mine = Member.objects.filter(pk=member.pk)
        holds = filter_members(mine, part).exists()
    except (BadCondition, KeyError):
        text = describe_reason("broken")
        return Check(_("読み取れない条件"), text, False)
    if part.get("field") == "tag":
        return Check(label, describe_tags(part, member), holds, note)
    words = _("当てはまる") if holds else _("当てはまらない")
    return Check(label, words, holds, note)


def describe_tags(part: dict[str, Any], member: Member) -> str:
    """Return which of the tags the member has, and since when."""
    since = find_tagged_since(member, part["value"])
    names = dict(Tag.objects.filter(pk__in=part["value"]).values_list("pk", "name"))
    return _("、").join(
        _("「%(tag)s」%(at)sから付いている")
        % {"tag": names[pk], "at": format_moment(since[pk])}
        if pk in since
        else _("「%(tag)s」付いていない") % {"tag": names[pk]}
        for pk in part["value"]
        if pk in names
    )


# ---------------------------------------------------------------- as of then
def add_past(scenario: Scenario, member: Member, runs: list[Run]) -> None:
    """Add to the runs the conditions as of each decision, the newest decisions first."""
    ended = [row for run in runs for row in run.deliveries if row.state in DECIDED]
    ended.sort(key=lambda row: row.planned_at, reverse=True)
    newest = {row.pk for row in ended[:MOST_PAST]}
    for run in runs:
        for row in run.deliveries:
            if row.pk in newest and (at := find_decision_time(row)):
                run.past[row.pk] = explain_past(scenario, member, at)


def find_decision_time(delivery: Delivery) -> datetime | None:
    """Return when it was decided: before the first try of its call, or when it was left out."""
    if delivery.state != Delivery.State.SKIPPED and delivery.call:
        return delivery.call.first_tried_at
    return delivery.finished_at


def explain_past(scenario: Scenario, member: Member, at: datetime) -> list[Check]:
    """Return each condition of the scenario, as it reads now, with the member's values of that moment."""
    parts = list_parts(scenario.condition)
    if scenario.segment:
        parts += list_parts(scenario.segment.condition)
    with rewind_member(member, at):
        then = Member.objects.get(pk=member.pk)
        checks = [explain_part(part, then, describe_as_of(part, at)) for part in parts]
        checks.append(explain_optout(then, at))
    return checks


def describe_as_of(part: dict[str, Any], at: datetime) -> str:
    """Return as of when the values of a condition are: as of then only where all of them have a history."""
    if all(has_history(leaf["field"]) for leaf in walk_leaves(part)):
        return _("%(at)s時点の値") % {"at": format_moment(at)}
    return _("現在の値")


def explain_optout(then: Member, at: datetime) -> Check:
    since = then.line_optout_at
    value = (
        _("%(at)sから拒否していた") % {"at": format_moment(since)}
        if since
        else _("拒否していなかった")
    )
    note = _("%(at)s時点の値") % {"at": format_moment(at)}
    return Check(_("LINEの受信拒否"), value, since is None, note)


# ---------------------------------------------------------------- whether it arrives
def explain_reach(scenario: Scenario, member: Member) -> Iterator[Check]:
    """Yield what else must hold when a message is due."""
    yield Check(
        _("ステップメッセージのステータス"),
        _("オン") if scenario.is_on else _("オフ"),
        scenario.is_on,
    )
    ways = sorted({step.way for step in scenario.steps.all()}) or [Way.LINE]
    for way in ways:
        yield explain_way(member, way)
    if scenario.wait_for_polls:
        yield explain_polls(scenario, member)
    if find_open_stop():
        yield Check(_("全配信を止める"), _("止めています。解除すると送ります"), False)
    account = scenario.account
    if not account or Way.LINE not in ways:
        return
    if not account.is_active:
        yield Check(_("LINEアカウント"), _("無効"), False, way=Way.LINE)
    if account.sender.paused_reason:
        yield Check(_("LINEアカウント"), _("送信停止中"), False, way=Way.LINE)


REACHES = {
    Way.LINE.value: (
        gettext_lazy("LINEで届くか"),
        gettext_lazy("友だちで、受信を拒否していない"),
    ),
    Way.MAIL.value: (
        gettext_lazy("メールで届くか"),
        gettext_lazy("メールアドレスがあり、受信を拒否していない"),
    ),
    Way.EITHER.value: (
        gettext_lazy("LINEかメールで届くか"),
        gettext_lazy("どちらかで届く"),
    ),
}


def explain_way(member: Member, way: str) -> Check:
    label, reached = REACHES[way]
    unreached = explain_no_message(member, way)
    value = describe_reason(unreached) if unreached else str(reached)
    return Check(str(label), value, not unreached, _("現在の値"), way)


def explain_polls(scenario: Scenario, member: Member) -> Check:
    settled = get_link_timing(scenario.tenant).settled_at
    label, at = _("2回の連携確認"), member.answered_at
    if not at:
        return Check(label, _("回答がないため、待ちません"), True)
    done = settled is not None and at <= settled
    text = (
        _("回答（%(at)s）のあと、2回成功した")
        if done
        else _("回答（%(at)s）のあと、まだ2回成功していない")
    )
    return Check(label, text % {"at": format_moment(at)}, done)


# ---------------------------------------------------------------- the decision
def summarize_decision(
    scenario: Scenario, runs: list[Run], checks: list[Check]
) -> tuple[bool, str]:
    """Return whether the next message goes out as things stand, and the sentence that says so."""
    open_runs = [
        run
        for run in runs
        if any(row.state in Delivery.UNDER_WAY for row in run.deliveries)
    ]
    if not runs:
        return False, _("きっかけがまだ起きていないため、配信されません。")
    if not open_runs:
        newest = runs[0]
        if newest.refusal:
            return False, newest.refusal
        return False, newest.ending or describe_end(newest)
    coming = next(
        row for row in open_runs[0].deliveries if row.state in Delivery.UNDER_WAY
    )
    when = format_moment(coming.planned_at)
    way = coming.step.way if coming.step else ""
    failing = next(
        (
            check
            for check in checks
            if check.holds is False and check.way in ("", way or check.way)
        ),
        None,
    )
    if failing:
        text = _(
            "次のメッセージ（%(at)s）は、いまのままでは送りません。%(label)s：%(value)s"
        )
        values = {"at": when, "label": failing.label, "value": failing.value}
        return False, text % values
    return True, _("次のメッセージを%(at)sに送ります。") % {"at": when}


def describe_end(run: Run) -> str:
    """Return what became of a run that went to its end."""
    sent = sum(row.state == Delivery.State.SENT for row in run.deliveries)
    total = len(run.deliveries)
    if sent == total:
        return _("すべてのメッセージを送り終えました。")
    last = next(
        row for row in reversed(run.deliveries) if row.state != Delivery.State.SENT
    )
    text = _("%(total)s件のうち%(sent)s件を送りました。最後に送らなかった理由：%(why)s")
    return text % {"total": total, "sent": sent, "why": last.why or last.state_words}


def format_moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y/%m/%d %H:%M}"
