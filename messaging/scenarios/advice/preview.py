"""Who would get what and when, without sending anything (dry run)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from members.models import Member, MemberTag
from messaging.content.bubbles import describe_bubbles
from messaging.content.render import render_text
from messaging.deliveries.eligibility import (
    LINE_REASONS,
    explain_unreachable,
    narrow_members,
)
from messaging.deliveries.reasons import describe_reason
from messaging.models import Scenario, Step
from messaging.scenarios.plan import plan_from_now

SHOWN = 5


@dataclass(frozen=True)
class Message:
    at: datetime
    text: str


@dataclass(frozen=True)
class Sample:
    """One member: the messages if the trigger came now, or why there would be none."""

    member: Member
    messages: list[Message]
    why: str


@dataclass(frozen=True)
class ScenarioPreview:
    """The numbers of a dry run, with samples.

    ``carrying``: members with a trigger tag; ``fit``: those of them who fit the conditions; ``reached``: those of these
    who can get a LINE message.
    """

    carrying: int
    fit: int
    reached: int
    reasons: list[tuple[str, int]]
    samples: list[Sample]


def preview_scenario(scenario: Scenario) -> ScenarioPreview:
    """Preview the scenario as things stand now; every step decides the condition again when it is due."""
    carriers = MemberTag.objects.filter(tag__in=scenario.trigger_tags)
    carrying = Member.objects.filter(
        pk__in=carriers.values("member_id"), deleted_at=None
    )
    own, fit = narrow_members(scenario, carrying)
    opted_out = fit.exclude(line_optout_at=None).count()
    states = dict(
        fit.filter(line_optout_at=None)
        .order_by()
        .values_list("line_state")
        .annotate(Count("pk"))
    )
    reached = states.pop(Member.LineState.FRIEND, 0)
    total, fitting = carrying.count(), reached + sum(states.values()) + opted_out
    reasons = [
        (describe_reason(LINE_REASONS[state]), number)
        for state, number in states.items()
    ]
    reasons += [(describe_reason("opted_out"), opted_out)] if opted_out else []
    fitting_own = own.count() if scenario.segment else fitting
    left_out = [
        (explain_unfit(), total - fitting_own),
        (explain_unfit(scenario), fitting_own - fitting),
    ]
    reasons = [(words, number) for words, number in left_out if number > 0] + reasons
    return ScenarioPreview(
        total, fitting, reached, reasons, build_samples(scenario, carrying, own, fit)
    )


def build_samples(
    scenario: Scenario,
    carrying: QuerySet[Member],
    own: QuerySet[Member],
    fit: QuerySet[Member],
) -> list[Sample]:
    """Return the newest few members, each with the texts as they would read."""
    newest = list(carrying.order_by("-created_at", "-pk")[:SHOWN])
    keys = [member.pk for member in newest]
    fitting_own, fitting = (
        set(rows.filter(pk__in=keys).values_list("pk", flat=True))
        for rows in (own, fit)
    )
    steps = list(scenario.steps.select_related("content").in_order())
    plan = plan_from_now(scenario, steps)
    found = []
    for member in newest:
        why = describe_reason(explain_no_message(member))
        if member.pk not in fitting:
            why = explain_unfit(scenario if member.pk in fitting_own else None)
        texts = [
            Message(
                planned.at,
                describe_message(scenario, step, member),
            )
            for step, planned in zip(steps, plan, strict=True)
        ]
        found.append(Sample(member, [] if why else texts, why))
    return found


def describe_message(scenario: Scenario, step: Step, member: Member) -> str:
    """Return the text as it would read, and the bubbles after it in plain words."""
    text = render_text(step.content, scenario.account, member.name, member.line_name)
    return "\n\n".join(filter(None, (text, describe_bubbles(step.content.bubbles))))


def explain_unfit(scenario: Scenario | None = None) -> str:
    """Return the text for members who do not fit: the saved condition of ``scenario``, or else its own conditions."""
    if scenario and scenario.segment:
        return _("保存した条件「%(name)s」に当てはまりません。") % {
            "name": scenario.segment.name
        }
    return _("絞り込みの条件に当てはまりません。")


def explain_no_message(member: Member) -> str:
    return explain_unreachable(
        member.line_user_id,
        member.line_state,
        member.deleted_at is not None,
        member.line_optout_at is not None,
    )
