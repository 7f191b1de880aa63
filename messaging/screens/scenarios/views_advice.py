"""Beside a message that is being written: when it would go out, and what an operator should know of it."""

from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST

from members.models import Tag
from messaging.content.render import list_attachable_forms
from messaging.deliveries.holds import get_link_timing, list_linked_tag_ids
from messaging.models import Scenario, ScenarioGroup, Step
from messaging.models.scenarios import TAG_ADDED
from messaging.scenarios.advice.drafts import (
    StepDraft,
    list_draft_advice,
    plan_draft,
)
from messaging.scenarios.advice.warnings import find_overlaps
from messaging.scenarios.ask_again import is_for_unlinked_members
from messaging.screens.scenarios.forms_control import ControlFields
from messaging.screens.scenarios.forms_steps import UNITS, convert_delay
from messaging.screens.scenarios.views import get_scenario_or_404
from messaging.screens.scenarios.views_steps import needs_links
from operators.rights import ShopRequest, require_right
from operators.roles import SEND


class AdviceForm(forms.Form):
    """What of the editor decides when a message goes out; the rest may still be empty or wrong."""

    delay_number = forms.IntegerField(min_value=0, max_value=10**6)
    delay_unit = forms.ChoiceField(choices=UNITS)
    at_time = forms.TimeField(required=False)
    form_id = forms.CharField(required=False)

    def build_step(self) -> Step:
        values = self.cleaned_data
        months, delay = convert_delay(values["delay_number"], values["delay_unit"])
        return Step(delay=delay, months=months, at_time=values["at_time"])


@require_right(SEND)
@require_POST
def advise(request: ShopRequest) -> HttpResponse:
    """Advise on what the page holds; nothing is saved."""
    public_id = request.POST.get("of", "")[:40]
    scenario = get_scenario_or_404(public_id) if public_id else Scenario()
    scenario.tenant = request.tenant
    form = AdviceForm(request.POST)
    context: dict[str, Any] = {}
    if form.is_valid():
        whole = "second_event" in request.POST
        draft = build_draft(request, scenario, form, whole)
        context = {"planned": plan_draft(draft), "advice": list_draft_advice(draft)}
        if whole:
            context["overlaps"] = list(
                find_overlaps(scenario, read_starts(request.POST))
            )
    return render(request, "messaging/scenarios/advice.html", context)


def build_draft(
    request: ShopRequest, scenario: Scenario, form: AdviceForm, whole: bool
) -> StepDraft:
    """Return what was typed; ``whole``: the settings of the series stand on the page too."""
    forms_there = {each.public_id: each for each in list_attachable_forms()}
    if whole:
        waits, is_for_unlinked = read_series(request.POST, scenario)
    else:
        waits = needs_links(scenario)
        is_for_unlinked = is_for_unlinked_members(scenario.condition)
    return StepDraft(
        scenario,
        form.build_step(),
        get_link_timing(request.tenant),
        forms_there.get(form.cleaned_data["form_id"]),
        waits,
        is_for_unlinked,
    )


def read_series(data: QueryDict, scenario: Scenario) -> tuple[bool, bool]:
    """Set the scenario's window and waiting as they were typed; return (waits, is_for_unlinked) of StepDraft."""
    control = ControlFields(data)
    control.is_valid()
    typed = control.cleaned_data
    scenario.send_from = typed.get("send_from")
    scenario.send_until = typed.get("send_until")
    scenario.counts_from = typed.get("counts_from") or Scenario.CountsFrom.EVENT
    name = (typed.get("group_name") or "").strip()
    scenario.group = ScenarioGroup.objects.filter(name=name).first() if name else None
    scenario.wait_for_polls = "wait_for_polls" in data
    without = data.getlist("without_tags")
    linked = Tag.objects.filter(pk__in=list_linked_tag_ids(), public_id__in=without)
    is_for_unlinked = data.get("without_mode") == "all" and linked.exists()
    waits = bool(without or data.get("new_without_tag") or scenario.wait_for_polls)
    return waits, is_for_unlinked


def read_starts(data: QueryDict) -> set[tuple[str, str]]:
    """Return the chosen trigger tags as (kind, subject)."""
    tags = Tag.objects.filter(public_id__in=data.getlist("triggers"))
    return {(TAG_ADDED, str(pk)) for pk in tags.values_list("pk", flat=True)}
