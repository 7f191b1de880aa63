"""The messages of a series, one by one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from messaging.content.events import list_event_fields
from messaging.deliveries.holds import get_link_timing
from messaging.models import Scenario, Step
from messaging.scenarios import manage
from messaging.scenarios.advice.related import list_related_settings
from messaging.scenarios.apply import apply_step, count_outdated, select_booked
from messaging.screens.scenarios.forms_steps import StepForm
from messaging.screens.scenarios.views import get_scenario_or_404
from operators.rights import ShopRequest, require_right
from operators.roles import SEND

SHOWN = 20


@require_right(SEND)
def new(request: ShopRequest, public_id: str) -> HttpResponse:
    return handle_step_form(
        request,
        get_scenario_or_404(public_id),
        None,
        {"delay_number": 1, "delay_unit": "days"},
    )


@require_right(SEND)
def edit(request: ShopRequest, public_id: str) -> HttpResponse:
    step = get_step_or_404(public_id)
    confirmed = {"short_delay_confirmed": step.scenario.short_delay_confirmed}
    return handle_step_form(
        request, step.scenario, step, StepForm.initial_of(step) | confirmed
    )


def get_step_or_404(public_id: str) -> Step:
    return get_object_or_404(
        Step.objects.select_related("content", "mail_content", "scenario__account"),
        public_id=public_id,
    )


def handle_step_form(
    request: ShopRequest, scenario: Scenario, step: Step | None, initial: dict[str, Any]
) -> HttpResponse:
    changing = "edit" in request.POST
    form = StepForm(
        None if changing else request.POST or None,
        initial=initial,
        timing=get_link_timing(request.tenant),
        depends_on_links=needs_links(scenario),
        event_fields=list_event_fields({row.kind for row in scenario.starts}),
    )
    form.of_ad = scenario.is_ad
    form.take_content(request, step.content if step else None)
    if form.is_valid():
        manage.save_step(scenario, step, form.when, form.written)
        for warning in form.warnings():
            messages.warning(request, warning)
        messages.success(
            request,
            _(
                "メッセージを保存しました。予約済みの配信は、予約したときの内容のまま送ります。"
            ),
        )
        return redirect("messaging:scenario", scenario.public_id)
    context = {
        "form": form,
        "scenario": scenario,
        "step": step,
        "related": list_related_settings(scenario),
    }
    return render(
        request,
        "messaging/scenarios/step_form.html",
        context,
        status=422 if form.is_bound else 200,
    )


def needs_links(scenario: Scenario) -> bool:
    leaves = scenario.condition.get("all", [])
    return scenario.wait_for_polls or any(
        leaf.get("op") in ("has_none", "lacks_any") for leaf in leaves
    )


@require_right(SEND)
def delete(request: ShopRequest, public_id: str) -> HttpResponse:
    step = get_step_or_404(public_id)
    scenario = step.scenario
    if request.method == "POST":
        dropped = manage.delete_step(step)
        messages.success(
            request,
            _("メッセージを削除しました。予約済みの%(n)s件を取り消しました。")
            % {"n": f"{dropped:,}"},
        )
        return redirect("messaging:scenario", scenario.public_id)
    booked = select_booked(step).count()
    return render(
        request,
        "messaging/scenarios/step_delete.html",
        {"scenario": scenario, "step": step, "booked": booked},
    )


@require_right(SEND)
def apply(request: ShopRequest, public_id: str) -> HttpResponse:
    """Apply the message to what is booked of it; GET shows whom that concerns."""
    step = get_step_or_404(public_id)
    if request.method == "POST":
        count = apply_step(step, with_times=request.POST.get("what") == "times")
        messages.success(
            request, _("予約済みの%(n)s件に反映しました。") % {"n": f"{count:,}"}
        )
        return redirect("messaging:scenario", step.scenario.public_id)
    booked = select_booked(step)
    context = {
        "scenario": step.scenario,
        "step": step,
        "booked": list(booked.select_related("member")[:SHOWN]),
        "total": booked.count(),
        "outdated": count_outdated(step.scenario)[step.pk],
    }
    return render(request, "messaging/scenarios/step_apply.html", context)
