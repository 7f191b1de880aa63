"""連携の推移: friends › known › linked over time, the reasons for the rest, and what to do about each."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from cartsync.funnel.chart import draw_days
from cartsync.funnel.count import count_funnel, list_funnel_days
from cartsync.screens.funnel.steps import build_funnel_urls, build_reason_rows
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT, VIEW

PERIODS = (30, 90, 365)


@require_right(VIEW)
@require_safe
def funnel(request: ShopRequest) -> HttpResponse:
    chosen = request.GET.get("days", str(PERIODS[0]))
    if chosen not in map(str, PERIODS):
        return redirect("cartsync:funnel")
    found = count_funnel()
    days = list_funnel_days(int(chosen), found)
    context = {
        "funnel": found,
        "urls": build_funnel_urls(),
        "rows": build_reason_rows(found),
        "days": days[::-1],
        "chart": draw_days(days),
        "counted_at": days[-1].counted_at if days else None,
        "tabs": build_period_tabs(int(chosen)),
        "may_ask": request.seat.can(EDIT),
    }
    return render(request, "cartsync/funnel/funnel.html", context)


def build_period_tabs(chosen: int) -> list[dict[str, object]]:
    return [
        {
            "label": ngettext("直近%(n)d日", "直近%(n)d日", days) % {"n": days},
            "url": f"?days={days}",
            "current": days == chosen,
        }
        for days in PERIODS
    ]
