"""Who would get what and when, without sending anything (dry run)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from members.attributes.personal import show_personal
from members.models import Member
from messaging.content.bubbles import describe_bubbles
from messaging.content.events import build_sample_values
from messaging.content.mail import compose_mail
from messaging.content.render import render_text
from messaging.deliveries.eligibility import narrow_members
from messaging.deliveries.reach import build_unreached, explain_no_message, join_ways
from messaging.deliveries.reasons import describe_reason
from messaging.models import Content, LineAccount, Scenario, Step, Way
from messaging.models.scenarios import TAG_ADDED
from messaging.scenarios.missed import select_true_members
from messaging.scenarios.plan import plan_from_now
from messaging.triggers.kinds import get_trigger_kind

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

    ``basis``: whom it is tried on: "tagged" (who has a trigger tag), "true" (for whom a trigger is true now), or
    "everybody", where nothing lasts of an event. ``tagged``: how many these are; ``fit``: those of them who fit the
    conditions; ``reached``: those of these whom a message reaches.
    """

    basis: str
    tagged: int
    fit: int
    reached: int
    reasons: list[tuple[str, int]]
    samples: list[Sample]


def preview_scenario(scenario: Scenario) -> ScenarioPreview:
    """Preview the scenario as things stand now; every step decides the condition again when it is due."""
    basis, tagged = select_basis(scenario)
    own, fit = narrow_members(scenario, tagged)
    steps = list(scenario.steps.select_related("content", "mail_content").in_order())
    way = join_ways([step.way for step in steps])
    unreached = fit.annotate(unreached=build_unreached(way)).order_by()
    counts = Counter(dict(unreached.values_list("unreached").annotate(Count("pk"))))
    reached = counts.pop("", 0)
    total, fitting = tagged.count(), reached + counts.total()
    reasons = [(describe_reason(why), number) for why, number in counts.most_common()]
    fitting_own = own.count() if scenario.segment else fitting
    left_out = [
        (explain_unfit(), total - fitting_own),
        (explain_unfit(scenario), fitting_own - fitting),
    ]
    reasons = [(words, number) for words, number in left_out if number > 0] + reasons
    return ScenarioPreview(
        basis,
        total,
        fitting,
        reached,
        reasons,
        build_samples(scenario, steps, tagged, own, fit),
    )


def select_basis(scenario: Scenario) -> tuple[str, QuerySet[Member]]:
    """Return whom it is tried on, by name and as members."""
    starts = scenario.starts
    lasting = [get_trigger_kind(row.kind).find_current(row) for row in starts]
    if starts and all(rows is None for rows in lasting):
        return "everybody", Member.objects.filter(deleted_at=None)
    is_tagged = all(row.kind == TAG_ADDED for row in starts)
    return "tagged" if is_tagged else "true", select_true_members(scenario)


def build_samples(
    scenario: Scenario,
    steps: list[Step],
    tagged: QuerySet[Member],
    own: QuerySet[Member],
    fit: QuerySet[Member],
) -> list[Sample]:
    """Return the newest few members, each with the texts as they would read."""
    newest = list(tagged.order_by("-created_at", "-pk")[:SHOWN])
    keys = [member.pk for member in newest]
    fitting_own, fitting = (
        set(rows.filter(pk__in=keys).values_list("pk", flat=True))
        for rows in (own, fit)
    )
    plan = plan_from_now(scenario, steps)
    found = []
    for member in newest:
        way = join_ways([step.way for step in steps])
        why = describe_reason(explain_no_message(member, way))
        if member.pk not in fitting:
            why = explain_unfit(scenario if member.pk in fitting_own else None)
        texts = [
            Message(
                planned.at,
                describe_message(
                    choose_content(step, member), scenario.account, member
                ),
            )
            for step, planned in zip(steps, plan, strict=True)
        ]
        found.append(Sample(member, [] if why else texts, why))
    return found


def describe_message(
    content: Content, account: LineAccount | None, member: Member
) -> str:
    """Return the text as it would read to the member. Who sees people masked sees them so in it."""
    samples = build_sample_values()
    names = {name: show_personal(member, name) for name in ("name", "line_name")}
    if content.kind == Content.Kind.MAIL:
        mail = compose_mail(content, {**samples, **names, "form": ""}, member.email)
        return f"{mail.subject}\n\n{mail.text}"
    assert account
    text = render_text(content, account, names["name"], names["line_name"], samples)
    return "\n\n".join(filter(None, (text, describe_bubbles(content.bubbles))))


def choose_content(step: Step, member: Member) -> Content:
    """Return what the member would get of the step now: the mail where it goes either way and LINE does not reach."""
    if step.mail_content and explain_no_message(member, Way.LINE):
        return step.mail_content
    return step.content


def explain_unfit(scenario: Scenario | None = None) -> str:
    """Return the text for members who do not fit: the saved condition of ``scenario``, or else its own conditions."""
    if scenario and scenario.segment:
        return _("保存した条件「%(name)s」に当てはまりません。") % {
            "name": scenario.segment.name
        }
    return _("絞り込みの条件に当てはまりません。")
