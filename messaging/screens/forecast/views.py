"""14日間の予行: what is booked, day by day, and who would not get it and why."""

from datetime import datetime
from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from messaging.deliveries.reasons import describe_reason
from messaging.forecast.dry_run import DAYS, DryRunPart, forecast_booked
from messaging.models import Delivery, Sender
from operators.rights import ShopRequest, require_right
from operators.roles import SEND, VIEW


@require_right(VIEW)
@require_safe
def forecast(request: ShopRequest) -> HttpResponse:
    run = forecast_booked()
    context = {
        "run": run,
        "days": DAYS,
        "most": max((day.planned for day in run.days), default=0) or 1,
        "paused": list_paused(run.until),
        "may_send": request.seat.can(SEND),
        "parts": [describe_part(part) for part in run.parts],
    }
    return render(request, "messaging/forecast/page.html", context)


def list_paused(until: datetime) -> list[Any]:
    """Return the senders that send nothing now, each with how many booked messages wait for it (``waiting``)."""
    booked = Delivery.objects.booked().filter(planned_at__lt=until)
    counts = dict(booked.order_by().values_list("sender").annotate(Count("pk")))
    senders: list[Any] = list(Sender.objects.with_accounts().order_by("pk"))
    found = [row for row in senders if row.paused_reason or not row.is_active]
    for sender in found:
        sender.waiting = counts.get(sender.pk, 0)
    return found


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
