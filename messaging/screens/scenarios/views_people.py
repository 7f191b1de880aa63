"""Who came into a step message, and why a member gets its messages or does not."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from console.pager import paginate_rows
from members.conditions.search import cache_searches
from members.conditions.stored_search import redirect_to_search
from members.conditions.tree import BadCondition
from members.models import Member
from messaging.broadcasts.explain import explain_broadcasts
from messaging.broadcasts.explain_conditions import explain_audience_conditions
from messaging.deliveries.eligibility import narrow_members
from messaging.models import Scenario
from messaging.scenarios.ask_again import is_ask_again
from messaging.scenarios.explain.decision import explain_member
from messaging.scenarios.people import (
    LABELS,
    build_people,
    count_asked,
    count_people,
    select_people,
)
from messaging.scenarios.progress import count_reach
from messaging.screens.broadcasts.views_results import get_broadcast_or_404
from messaging.screens.deliveries.views import list_state_tabs
from messaging.screens.scenarios.filters import PeopleFilters
from messaging.screens.scenarios.views import get_scenario_or_404
from operators.rights import ShopRequest, require_right
from operators.roles import VIEW


@require_right(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
@cache_searches()
def people(request: ShopRequest, public_id: str) -> HttpResponse:
    """List who came in; of a step message that asks again, who was asked, answered and is linked."""
    scenario = get_scenario_or_404(public_id)
    if request.method == "POST":
        return redirect_to_search(request)
    filters = PeopleFilters(request, select_people(scenario))
    total = None if filters.narrowed else count_people(scenario)
    page = paginate_rows(filters.qs, request.GET, ["-created_at"], total=total)
    asks = is_ask_again(scenario.condition, scenario)
    context: dict[str, Any] = {
        "scenario": scenario,
        "page": page,
        "filters": filters,
        "tabs": list_state_tabs(filters, LABELS),
        "people": build_people(scenario, page.rows),
        "asks": asks,
        "reach": count_reach(scenario, list(scenario.steps.in_order())),
        "funnel": list_funnel(scenario) if asks else [],
    }
    return render(request, "messaging/scenarios/people.html", context)


def list_funnel(scenario: Scenario) -> list[dict[str, Any]]:
    """Return what came of asking again as bars: label, count and per cent of those asked."""
    counts = count_asked(scenario)
    rows = [
        (_("依頼した"), counts.asked),
        (_("依頼のあとに回答した"), counts.answered),
        (_("連携できた"), counts.linked),
    ]
    return [
        {"label": label, "count": n, "percent": round(100 * n / (counts.asked or 1))}
        for label, n in rows
    ]


@require_right(VIEW)
@require_safe
def fitting(request: ShopRequest, public_id: str) -> HttpResponse:
    """Count the members who fit the conditions now: a part of the page, which does not wait for it."""
    scenario = get_scenario_or_404(public_id)
    everybody = Member.objects.filter(deleted_at=None)
    try:
        context: dict[str, Any] = {
            "count": narrow_members(scenario, everybody)[1].count()
        }
    except BadCondition:
        context = {"unreadable": True}
    return render(request, "messaging/scenarios/fitting.html", context)


@require_right(VIEW)
@require_safe
def why(request: ShopRequest, public_id: str) -> HttpResponse:
    """Say of each step message what it decides about a member; ``?scenario=`` shows one with every condition."""
    member = get_object_or_404(Member, public_id=public_id)
    rows = Scenario.objects.listed().select_related(
        "account__sender", "segment", "tenant"
    )
    chosen = request.GET.get("scenario", "")
    scenarios = [get_object_or_404(rows, public_id=chosen)] if chosen else list(rows)
    public_id = request.GET.get("broadcast", "")[:40]
    broadcast = get_broadcast_or_404(public_id) if public_id else None
    context = {
        "member": member,
        "chosen": scenarios[0] if chosen else None,
        "found": [
            (row, explain_member(row, member, bool(chosen))) for row in scenarios
        ],
        "broadcast": broadcast,
        "conditions": explain_audience_conditions(broadcast, member)
        if broadcast
        else [],
        "broadcasts": [] if chosen else explain_broadcasts(member),
    }
    return render(request, "messaging/scenarios/why.html", context)
