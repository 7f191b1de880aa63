"""Usage of tags: the step messages that wait for them or ask about them."""

from collections.abc import Collection, Iterable

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from members.models import Tag
from members.usage.registry import (
    LazyText,
    TagUsageSource,
    Usage,
    find_tag_usage_in_conditions,
    replace_tags_in_conditions,
)
from messaging.models import Scenario, ScenarioTrigger


def find_tag_usage(ids: Collection[int]) -> Iterable[tuple[int, Usage]]:
    triggers = ScenarioTrigger.objects.filter(tag__in=ids).select_related("scenario")
    for trigger in triggers.order_by("scenario__name", "pk"):
        yield (
            trigger.tag_id,
            build_scenario_use(trigger.scenario, _("ステップメッセージのトリガー")),
        )
    scenarios = Scenario.objects.order_by("name", "pk")
    yield from find_tag_usage_in_conditions(
        scenarios,
        ids,
        lambda row: build_scenario_use(row, _("ステップメッセージの条件")),
    )


def build_scenario_use(scenario: Scenario, kind: LazyText) -> Usage:
    return Usage(
        kind,
        scenario.name,
        reverse_lazy("messaging:scenario", args=[scenario.public_id]),
    )


def replace_tag(olds: Collection[int], new: Tag) -> None:
    triggers = ScenarioTrigger.objects.filter(tag__in=olds)
    scenarios = set(triggers.values_list("scenario_id", flat=True))
    triggers.delete()
    rows = [
        ScenarioTrigger(scenario_id=scenario_id, tag=new)
        for scenario_id in sorted(scenarios)
    ]
    ScenarioTrigger.objects.bulk_create(rows, ignore_conflicts=True)
    replace_tags_in_conditions(
        Scenario.objects.select_for_update(no_key=True), olds, new
    )


TAG_USER = TagUsageSource(find_tag_usage, replace_tag)
