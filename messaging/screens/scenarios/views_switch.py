"""Switch a step message on and off, and what a person decides about those who came before."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from jobs.views import announce_job
from messaging.models import Delivery, Scenario
from messaging.scenarios import manage
from messaging.scenarios.enrol_job import start_enrolling
from messaging.scenarios.missed import count_missed_members, select_current_members
from operators.rights import ShopRequest, require_right
from operators.roles import SEND

SAMPLES = 5


@require_right(SEND)
def switch(request: ShopRequest, public_id: str) -> HttpResponse:
    """Switch off at once; switch on at once too, or ask if members came or messages fell due while it was off."""
    rows = Scenario.objects.select_related("account", "tenant")
    scenario = get_object_or_404(rows, public_id=public_id, deleted_at=None)
    if request.method != "POST":
        return (
            redirect("messaging:scenario", public_id)
            if scenario.is_on
            else confirm_switch(request, scenario)
        )
    if "decided" not in request.POST:
        return switch_or_confirm(request, scenario, not scenario.is_on)
    everybody = request.POST.get("missed") == "all"
    current = select_current_members(scenario).count() if everybody else 0
    enrolled = manage.switch_scenario_on(
        scenario, request.POST.get("missed") == "1", request.POST.get("parked") == "1"
    )
    said = _("「%(name)s」をオンにしました。") % {"name": scenario.name}
    if enrolled:
        said += _("%(n)s名への配信を始めました。") % {"n": f"{enrolled:,}"}
    messages.success(request, said)
    if current:
        announce_job(request, start_enrolling(scenario, current, request.user))
    return redirect("messaging:scenario", public_id)


def switch_or_confirm(
    request: ShopRequest, scenario: Scenario, on: bool
) -> HttpResponse:
    if on and not scenario.is_on and must_decide(scenario):
        return redirect("messaging:switch_scenario", scenario.public_id)
    if on != scenario.is_on:
        manage.switch_scenario_on(scenario) if on else manage.switch_scenario_off(
            scenario
        )
        said = (
            _("「%(name)s」をオンにしました。")
            if on
            else _("「%(name)s」をオフにしました。")
        )
        messages.success(request, said % {"name": scenario.name})
    return redirect("messaging:scenario", scenario.public_id)


def must_decide(scenario: Scenario) -> bool:
    """Return whether there is anybody or anything a person must decide about before it is on."""
    return bool(
        select_current_members(scenario).exists()
        or count_missed_members(scenario)
        or Delivery.objects.parked(scenario).exists()
    )


def confirm_switch(request: ShopRequest, scenario: Scenario) -> HttpResponse:
    current = select_current_members(scenario)
    context = {
        "scenario": scenario,
        "missed": count_missed_members(scenario),
        "current": current.count(),
        "samples": list(current.order_by("-pk")[:SAMPLES]),
        "parked": Delivery.objects.parked(scenario).count(),
    }
    return render(request, "messaging/scenarios/switch.html", context)
