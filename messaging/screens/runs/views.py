"""実行ログ: what started step messages for whom, and how each run stands."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console.pager import paginate_rows
from members.conditions.stored_search import save_search
from messaging.runs.events import list_event_pages
from messaging.runs.history import (
    COLOURS,
    LABELS,
    describe_starts,
    explain_run,
    find_run_state,
    list_logged_runs,
)
from messaging.screens.deliveries.views import find_member, list_state_tabs
from messaging.screens.runs.filters import ScenarioRunFilters
from operators.rights import ShopRequest, require_right
from operators.roles import VIEW


@require_right(VIEW)
@save_search
@require_safe
def runs(request: ShopRequest) -> HttpResponse:
    filters = ScenarioRunFilters(request, list_logged_runs())
    page = paginate_rows(filters.qs, request.GET, order=["-created_at"])
    context = {
        "page": page,
        "rows": build_rows(page.rows),
        "filters": filters,
        "tabs": list_state_tabs(filters, LABELS),
        "member": find_member(filters),
    }
    return render(request, "messaging/runs/list.html", context)


def build_rows(runs: list[Any]) -> list[dict[str, Any]]:
    starts, pages = describe_starts(runs), list_event_pages(runs)
    return [
        {
            "run": run,
            "label": LABELS[state],
            "colour": COLOURS[state],
            "why": explain_run(run),
            "start": starts[run.pk],
            "event": pages.get(run.pk),
        }
        for run in runs
        for state in (find_run_state(run),)
    ]
