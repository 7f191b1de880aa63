"""ステップメッセージ: the list, one of them, its settings, its switch, and the dry run."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jobs.request_size import accept_file
from members.conditions.sentences import describe_condition
from members.conditions.tree import BadCondition
from members.models import Segment
from messaging.content.events import list_event_fields
from messaging.deliveries.holds import get_link_timing, list_linked_tag_ids
from messaging.models import (
    Delivery,
    LineAccount,
    MailAccount,
    Scenario,
    Sender,
    Step,
    Trigger,
)
from messaging.scenarios import manage
from messaging.scenarios.advice.flaws import find_flaws, mend_scenario
from messaging.scenarios.advice.preview import preview_scenario
from messaging.scenarios.advice.related import list_related_settings
from messaging.scenarios.advice.sample import list_samples, plan_sample
from messaging.scenarios.advice.warnings import list_warnings
from messaging.scenarios.apply import count_outdated
from messaging.scenarios.missed import count_missed_members
from messaging.screens.condition_rows import (
    is_redrawn,
    open_builder,
    split_more,
)
from messaging.screens.scenarios.filters import ScenarioFilters
from messaging.screens.scenarios.forms import ScenarioForm
from messaging.screens.scenarios.recipe import build_ask_again_settings
from messaging.screens.scenarios.views_switch import switch_or_confirm
from messaging.triggers.kinds import get_trigger_kind
from operators.rights import ShopRequest, require_right
from operators.roles import SEND, VIEW


@require_right(VIEW)
@require_safe
def scenario_list(request: ShopRequest) -> HttpResponse:
    filters = ScenarioFilters(request, Scenario.objects.listed())
    scenarios: list[Any] = list(filters.qs)
    by_step = Delivery.objects.counts_by_step()
    for scenario in scenarios:
        scenario.counts = sum(
            (by_step.get(step.pk, Counter()) for step in scenario.steps.all()),
            Counter(),
        )
        scenario.counts["failed"] += scenario.counts["unknown"]
    context = {
        "scenarios": scenarios,
        "filters": filters,
        "may_send": request.seat.can(SEND),
        "paused": list(Sender.objects.paused()),
    }
    return render(request, "messaging/scenarios/list.html", context)


def get_scenario_or_404(public_id: str) -> Scenario:
    return get_object_or_404(
        Scenario.objects.select_related("account", "tenant", "segment__group", "group"),
        public_id=public_id,
        deleted_at=None,
    )


def describe_scenario_condition(scenario: Scenario) -> str:
    try:
        return describe_condition(scenario.condition)
    except (BadCondition, KeyError):
        return _("絞り込みの条件を読み取れません。編集して、保存し直してください。")


@require_right(VIEW)
@require_safe
def scenario(request: ShopRequest, public_id: str) -> HttpResponse:
    scenario = get_scenario_or_404(public_id)
    by_step = Delivery.objects.counts_by_step()
    rows = scenario.steps.in_order().select_related("content", "mail_content")
    steps: list[Any] = list(rows)
    samples = list_samples(scenario)
    chosen = request.GET.get("sample", "")
    sample = next((row for row in samples if row.public_id == chosen), None)
    plan, outdated = plan_sample(scenario, steps, sample), count_outdated(scenario)
    for step in steps:
        step.outdated = outdated[step.pk]
        step.counts = by_step.get(step.pk, Counter())
        step.planned = plan[step.pk]
    context = {
        "scenario": scenario,
        "steps": steps,
        "samples": samples,
        "sample": sample,
        "starts": describe_triggers(scenario.starts),
        "stops": describe_triggers(scenario.stops),
        "condition": describe_scenario_condition(scenario),
        "may_send": request.seat.can(SEND),
        "paused": list(Sender.objects.paused()),
        "flaws": [*find_flaws(scenario), *list_warnings(scenario)],
        "related": list_related_settings(scenario),
        "waiting": 0
        if scenario.is_on
        else count_missed_members(scenario) + Delivery.objects.parked(scenario).count(),
    }
    return render(request, "messaging/scenarios/scenario.html", context)


def describe_triggers(triggers: list[Trigger]) -> list[tuple[Trigger, str]]:
    return [(row, get_trigger_kind(row.kind).describe(row)) for row in triggers]


@require_right(VIEW)
@require_safe
def dry_run(request: ShopRequest, public_id: str) -> HttpResponse:
    scenario = get_scenario_or_404(public_id)
    try:
        shown = preview_scenario(scenario)
    except BadCondition:
        shown = None
    context = {
        "scenario": scenario,
        "condition": describe_scenario_condition(scenario),
        "preview": shown,
    }
    return render(request, "messaging/scenarios/preview.html", context)


# ---------------------------------------------------------------- settings
@accept_file
@require_right(SEND)
def new(request: ShopRequest) -> HttpResponse:
    """Create a step message; ``?recipe=ask_again`` starts with the settings of 電話番号再入力, ``…_fresh`` with
    its texts for who has only just bought."""
    first = LineAccount.objects.order_by("pk").first()
    if not first and not MailAccount.objects.exists():
        return render(request, "messaging/accounts/no_account.html")
    wanted = request.GET.get("recipe", "")
    recipe = wanted in ("ask_again", "ask_again_fresh")
    initial = (
        build_ask_again_settings(request.tenant, wanted == "ask_again_fresh")
        if recipe
        else {"account": first.public_id if first else ""}
    )
    return handle_scenario_form(request, Scenario(), initial, recipe)


@accept_file
@require_right(SEND)
def edit(request: ShopRequest, public_id: str) -> HttpResponse:
    scenario = get_scenario_or_404(public_id)
    return handle_scenario_form(request, scenario, ScenarioForm.initial_of(scenario))


def handle_scenario_form(
    request: ShopRequest,
    scenario: Scenario,
    initial: dict[str, Any],
    recipe: bool = False,
) -> HttpResponse:
    rows = Step.objects.filter(scenario=scenario.pk)
    steps = list(rows.select_related("content", "mail_content"))
    builder = open_builder(request, split_more(scenario.condition))
    changing = is_redrawn(request, builder)
    form = ScenarioForm(
        None if changing else request.POST or None,
        timing=get_link_timing(request.tenant),
        with_step=len(steps) < 2,
        initial=initial,
        event_fields=list_event_fields(),
        segments=Segment.objects.for_messages(request.seat, scenario.segment),
        builder=builder,
    )
    if changing:
        form.retain_typed(request)
    form.take_content(request, steps[0].content if len(steps) == 1 else None)
    if form.is_valid():
        return save_scenario_form(request, scenario, form, steps)
    context = {
        "form": form,
        "scenario": scenario,
        "recipe": recipe,
        "flaws": list_warnings(scenario) if scenario.pk else [],
        "related": list_related_settings(scenario) if scenario.pk else [],
        "has_linked_tag": bool(list_linked_tag_ids()),
    }
    return render(
        request,
        "messaging/scenarios/form.html",
        context,
        status=422 if form.is_bound else 200,
    )


def save_scenario_form(
    request: ShopRequest, scenario: Scenario, form: ScenarioForm, steps: list[Any]
) -> HttpResponse:
    manage.save_scenario(form.fill(scenario), form.trigger_tags())
    if form.with_step:
        manage.save_step(scenario, steps[0] if steps else None, form.when, form.written)
        for warning in form.warnings():
            messages.warning(request, warning)
    messages.success(
        request,
        _("ステップメッセージ「%(name)s」を保存しました。") % {"name": scenario.name},
    )
    return switch_or_confirm(request, scenario, form.cleaned_data["is_on"])


@require_right(SEND)
@require_POST
def mend(request: ShopRequest, public_id: str) -> HttpResponse:
    """Mend what a warning on the page is about."""
    scenario = get_scenario_or_404(public_id)
    if mend_scenario(scenario, request.POST.get("flaw", "")):
        messages.success(request, _("設定を直しました。"))
    else:
        messages.info(request, _("この設定はもう変わっています。"))
    return redirect("messaging:scenario", public_id)
