"""Who came into a step message, how far each of them is, and what came of asking again."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from members.models import Member
from messaging.deliveries.reasons import describe_reason
from messaging.models import Delivery, Enrollment, Scenario

State = Delivery.State
# Why an event started no run (Enrollment.refused).
REFUSALS: dict[str, str | Promise] = {
    "once": gettext_lazy(
        "2回目のきっかけのため、始めませんでした（一度だけ送信する）。"
    ),
    "not_running": gettext_lazy(
        "シナリオの実行中だったため、始めませんでした（シナリオ実行中なら送信しない）。"
    ),
    "restart": gettext_lazy(
        "同時に起きた新しいきっかけから始めたため、こちらは始めませんでした。"
    ),
    "most": gettext_lazy("1名あたりの上限回数に達していたため、始めませんでした。"),
    "group": gettext_lazy(
        "同じグループの別のステップメッセージを実行中だったため、始めませんでした。"
    ),
}
# How far somebody is in a scenario: as it is called, and the condition on the rows of select_people.
LABELS: dict[str, str | Promise] = {
    "running": gettext_lazy("進行中"),
    "ended": gettext_lazy("終了"),
    "refused": gettext_lazy("対象外"),
}
QUERIES = {
    "running": Q(has_coming=True),
    "ended": Q(has_coming=False, has_started=True),
    "refused": Q(has_coming=False, has_started=False),
}
# Asked: somebody to whom a message of this scenario went out. Answered and linked: since the first of them.
ASKED = """
WITH asked AS (
    SELECT e.member_id, min(d.finished_at) AS at
    FROM messaging_enrollment e
    JOIN messaging_delivery d ON d.tenant_id = %(tenant)s AND d.enrollment_id = e.id AND d.state = 2
    WHERE e.tenant_id = %(tenant)s AND e.scenario_id = %(scenario)s
    GROUP BY e.member_id)
SELECT count(*), count(*) FILTER (WHERE m.answered_at > asked.at),
       count(*) FILTER (WHERE m.link_state = 'linked')
FROM asked JOIN members_member m ON m.tenant_id = %(tenant)s AND m.id = asked.member_id
"""


@dataclass(frozen=True)
class AskedCounts:
    """How many were asked, answered after that, and are linked now."""

    asked: int
    answered: int
    linked: int


@dataclass
class Person:
    """A member who came in. ``runs``: newest first, with their deliveries in order."""

    member: Member
    runs: list[Enrollment] = field(default_factory=list)
    sent: int = 0
    asked_at: datetime | None = None
    next_at: datetime | None = None

    @property
    def kind(self) -> str:
        """The badge's kind."""
        return "busy" if self.next_at else "neutral"

    @property
    def state(self) -> str:
        if self.next_at:
            return str(LABELS["running"])
        return str(LABELS["ended" if self.started else "refused"])

    @property
    def why(self) -> str:
        """Say what ended the newest run, or why there was none."""
        run = self.runs[0]
        return explain_refusal(run) or describe_reason(run.ended_why)

    @property
    def started(self) -> int:
        return sum(not run.refused for run in self.runs)

    @property
    def has_answered(self) -> bool:
        at = self.member.answered_at
        return bool(self.asked_at and at and at > self.asked_at)

    @property
    def is_linked(self) -> bool:
        return bool(self.member.link_state == Member.LinkState.LINKED)


def explain_refusal(run: Enrollment) -> str:
    """Return why the event started nothing; "" when it did."""
    return str(REFUSALS.get(run.refused, run.refused))


def select_people(scenario: Scenario) -> QuerySet[Member]:
    """Return the members who came in, also those for whom an event was refused; QUERIES may ask about them."""
    runs = Enrollment.objects.filter(scenario=scenario, member=OuterRef("pk"))
    coming = Delivery.objects.filter(
        enrollment__scenario=scenario,
        member=OuterRef("pk"),
        state__in=Delivery.UNDER_WAY,
    )
    members = Member.objects.filter(Exists(runs))
    return members.alias(
        has_coming=Exists(coming), has_started=Exists(runs.filter(refused=""))
    )


def build_people(scenario: Scenario, members: Sequence[Member]) -> list[Person]:
    """Return how far each of these members is, in their order; two queries."""
    people = {member.pk: Person(member) for member in members}
    runs = Enrollment.objects.filter(scenario=scenario, member__in=people)
    for run in runs.order_by("-triggered_at", "-pk"):
        people[run.member_id].runs.append(run)
    for delivery in Delivery.objects.filter(enrollment__in=runs).order_by("planned_at"):
        add_delivery(people[delivery.member_id or 0], delivery)
    return list(people.values())


def add_delivery(person: Person, delivery: Delivery) -> None:
    if delivery.state == State.SENT:
        person.sent += 1
        person.asked_at = person.asked_at or delivery.finished_at
    elif delivery.state in Delivery.UNDER_WAY:
        person.next_at = person.next_at or delivery.planned_at


def count_people(scenario: Scenario) -> int:
    """Count the members who came in."""
    rows = Enrollment.objects.filter(scenario=scenario)
    return rows.values("member").distinct().count()


def count_asked(scenario: Scenario) -> AskedCounts:
    """Count what came of a step message that asks again."""
    values = {"tenant": scenario.tenant_id, "scenario": scenario.pk}
    with connection.cursor() as cursor:
        cursor.execute(ASKED, values)
        return AskedCounts(*cursor.fetchone())


def group_deliveries(runs: Sequence[Enrollment]) -> dict[int, list[Delivery]]:
    """Return the deliveries of the runs by enrolment, in the order in which they go out."""
    found: dict[int, list[Delivery]] = defaultdict(list)
    rows = Delivery.objects.filter(enrollment__in=runs).select_related(
        "content", "call", "step"
    )
    for delivery in rows.order_by("planned_at", "pk"):
        found[delivery.enrollment_id or 0].append(delivery)
    return found
