"""結果 of one message of a scenario, and LINE's own figures of a message."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from messaging.channels.line.errors import LineRefused
from messaging.channels.line.statistics import (
    LONGEST_PERIOD,
    STILL_COUNTED,
    build_unit_name,
    fetch_statistics,
)
from messaging.models import Broadcast, Delivery, LineAccount, Step, Way
from messaging.results.figures import load_results, select_deliveries
from messaging.results.links import Subject
from messaging.screens.broadcasts.views_results import get_broadcast_or_404
from operators.rights import ShopRequest, require_right
from operators.roles import VIEW
from outbound.concurrency import hold_place_to_check
from outbound.errors import TryLater


def get_shown_step_or_404(public_id: str) -> Step:
    rows = Step.objects.select_related("scenario__account", "content", "tenant")
    found: Step = get_object_or_404(
        rows, public_id=public_id, scenario__deleted_at=None
    )
    return found


@require_right(VIEW)
@require_safe
def step(request: ShopRequest, public_id: str) -> HttpResponse:
    """Show what a message of a scenario brought about; each figure opens its people."""
    found = get_shown_step_or_404(public_id)
    context = {
        "step": found,
        "scenario": found.scenario,
        "counts": Delivery.objects.filter(step=found).counts_by_step()[found.pk],
        "results": load_results(found),
    }
    return render(request, "messaging/results/step.html", context)


@require_right(VIEW)
@require_safe
def broadcast_at_line(request: ShopRequest, public_id: str) -> HttpResponse:
    found = get_broadcast_or_404(public_id)
    return answer_line_statistics(request, found, found.account, {"broadcast": found})


@require_right(VIEW)
@require_safe
def step_at_line(request: ShopRequest, public_id: str) -> HttpResponse:
    found = get_shown_step_or_404(public_id)
    named = {"step": found, "scenario": found.scenario}
    return answer_line_statistics(request, found, found.scenario.account, named)


def answer_line_statistics(
    request: ShopRequest,
    subject: Subject,
    account: LineAccount | None,
    named: dict[str, Any],
) -> HttpResponse:
    """Show LINE's own figures; LINE counts a broadcast from its first day, a step's message over the last 30 days."""
    if not account or subject.way == Way.MAIL:
        raise Http404
    last = timezone.localdate()
    sent = select_deliveries(subject).filter(state=Delivery.State.SENT, channel="line")
    first = last - LONGEST_PERIOD
    context: dict[str, Any] = {**named, "account": account, "failed": False}
    if isinstance(subject, Broadcast) and (began := find_first_day(sent)):
        first, last = began, min(last, began + LONGEST_PERIOD)
        context["still_counted"] = timezone.localdate() <= began + STILL_COUNTED
    context |= {"first": first, "last": last, "sent": sent.count()}
    try:
        with hold_place_to_check():
            unit = build_unit_name(subject)
            context["statistics"] = fetch_statistics(account, unit, first, last)
    except (LineRefused, TryLater):
        context["failed"] = True
    return render(request, "messaging/results/line.html", context)


def find_first_day(sent: Any) -> Any:
    """Return the day in the shop's zone on which the first of these went out; None for nothing."""
    first = sent.order_by("finished_at").values_list("finished_at", flat=True).first()
    return timezone.localdate(first) if first else None
