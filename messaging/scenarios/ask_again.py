"""再入力を依頼: an operator has members asked again for their phone or email, by the shop's own step message for it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.models import Job
from jobs.runner import JobFailed
from members.bulk.actions import (
    Action,
    Numbers,
    build_outcome_describer,
    describe_passed_over,
)
from members.bulk.forms import BulkForm
from members.models import Member
from messaging.content.bubbles import list_form_ids
from messaging.deliveries.holds import list_linked_tag_ids
from messaging.deliveries.reach import build_unreached
from messaging.models import Scenario, Way
from messaging.scenarios.enroll import enrol_chosen_members
from operators import audit

ASK_AGAIN = "ask_again"


def find_ask_again_scenario() -> Scenario | None:
    """Return the step message that asks again: it is on, passes over the linked, and has a form; the newest of several.

    None when the shop has no such step message.
    """
    rows = Scenario.objects.filter(is_on=True).prefetch_related("steps__content")
    return next(
        (row for row in rows.order_by("-pk") if is_ask_again(row.condition, row)), None
    )


def is_ask_again(condition: dict[str, Any], scenario: Scenario) -> bool:
    return is_for_unlinked_members(condition) and any(
        list_form_ids(step.content.form_id, step.content.bubbles)
        for step in scenario.steps.all()
    )


def is_for_unlinked_members(condition: dict[str, Any]) -> bool:
    """Return whether the condition passes over who has a tag that means linked (「…を含まない（連携済み）」)."""
    linked = set(list_linked_tag_ids())
    return any(
        leaf.get("field") == "tag"
        and leaf.get("op") == "has_none"
        and linked & set(leaf.get("value", []))
        for leaf in condition.get("all", [])
        if isinstance(leaf, dict)
    )


def explain_missing_scenario() -> str:
    return _(
        "再入力を依頼するステップメッセージがオンになっていません。"
        "ステップメッセージの「電話番号再入力」を作成し、オンにしてから、もう一度実行してください。"
    )


class AskAgainForm(BulkForm):
    def clean(self) -> dict[str, Any]:
        if not find_ask_again_scenario():
            raise ValidationError(explain_missing_scenario(), code="no_scenario")
        return super().clean() or {}


def find_first_way(scenario: Scenario) -> str:
    """Return the way of its first message."""
    step = scenario.steps.in_order().first()
    return step.way if step else Way.LINE


def select_askable_members(
    members: QuerySet[Member], scenario: Scenario
) -> QuerySet[Member]:
    """Filter those who are not linked and whom its first message reaches."""
    reach = members.annotate(unreached=build_unreached(find_first_way(scenario)))
    unlinked = reach.filter(unreached="")
    return unlinked.exclude(link_state=Member.LinkState.LINKED)


def ask_members_again(job: Job, members: QuerySet[Member]) -> Numbers:
    """Enrol the next part of the job's members; the same job asks nobody twice."""
    scenario = find_ask_again_scenario()
    if not scenario:
        raise JobFailed(explain_missing_scenario())
    askable = select_askable_members(members, scenario)
    ids = askable.order_by("pk").values_list("pk", flat=True)
    asked = enrol_chosen_members(scenario, list(ids), f"asked:{job.pk}")
    audit.record_action("member.asked_again", scenario, count=asked, job=job.pk)
    return {"changed": asked}


def describe_left_out(members: QuerySet[Member], form: BulkForm) -> list[str]:
    linked = members.filter(link_state=Member.LinkState.LINKED).count()
    scenario = find_ask_again_scenario()
    unlinked = members.exclude(link_state=Member.LinkState.LINKED)
    strangers = (
        unlinked.count() - select_askable_members(members, scenario).count()
        if scenario
        else 0
    )
    told = (
        [_("ステップメッセージ「%(name)s」で依頼します。") % {"name": scenario}]
        if scenario
        else [explain_missing_scenario()]
    )
    return [
        *told,
        *describe_passed_over(linked, _("%(n)s名は連携済みのため、依頼しません。")),
        *describe_passed_over(
            strangers, _("%(n)s名は、LINEでもメールでも送れないため、依頼できません。")
        ),
    ]


ACTION = Action(
    name=ASK_AGAIN,
    label=gettext_lazy("再入力の依頼"),
    submit=gettext_lazy("再入力を依頼"),
    asks=gettext_lazy("%(n)s名に、電話番号とメールアドレスの再入力を依頼しますか？"),
    effect=gettext_lazy("1通目をすぐに送ります。2通目からは、設定した間隔で送ります。"),
    form=AskAgainForm,
    act=ask_members_again,
    lines=build_outcome_describer(
        gettext_lazy("%(n)s名に再入力を依頼しました。"),
        gettext_lazy(
            "%(rest)s名には依頼しませんでした（連携済み、または送れない会員）。"
        ),
    ),
    left_out=describe_left_out,
)
