"""14日間の予行: what is booked, day by day, and who would not get it and why."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from messaging.deliveries.reasons import describe_reason
from messaging.forecast.dry_run import DAYS, DryRunPart, forecast_booked
from operators.rights import ShopRequest, require_right
from operators.roles import VIEW


@require_right(VIEW)
@require_safe
def forecast(request: ShopRequest) -> HttpResponse:
    run = forecast_booked()
    context = {
        "run": run,
        "days": DAYS,
        "most": max((day.planned for day in run.days), default=0) or 1,
        "parts": [describe_part(part) for part in run.parts],
    }
    return render(request, "messaging/forecast/page.html", context)


def describe_part(part: DryRunPart) -> dict[str, Any]:
    """Return the part with its reasons in words, the most frequent first."""
    return {
        "scenario": part.scenario,
        "sent": part.sent,
        "left_out": part.left_out,
        "reasons": [
            {
                "words": describe_reason(reason),
                "count": count,
                "samples": part.samples[reason],
                "more": count - len(part.samples[reason]),
            }
            for reason, count in part.reasons.most_common()
        ],
    }
