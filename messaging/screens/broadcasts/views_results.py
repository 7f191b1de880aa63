"""One 一斉配信: who would get it, what is left at LINE, and what became of it."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from members.conditions.tree import BadCondition
from members.identity.member_limit import (
    explain_broadcast_hold,
)
from members.models import Member
from messaging.broadcasts.audience import group_audience
from messaging.broadcasts.preview import list_recipients
from messaging.channels.line.client import fetch_quota
from messaging.channels.line.errors import LineRefused
from messaging.deliveries.reasons import describe_reason
from messaging.models import Broadcast, Delivery, Sender
from messaging.results.figures import load_results
from messaging.screens.deliveries.filters import STATES
from operators.rights import ShopRequest, require_right
from operators.roles import SEND, VIEW
from outbound.concurrency import hold_place_to_check
from outbound.errors import TryLater

WAITING = ("scheduled", "claimed", "held", "parked")
KINDS = {0: "neutral", 1: "info", 2: "busy", 3: "warn", 4: "bad"}


def add_figures(broadcasts: Sequence[Any]) -> None:
    """Give each broadcast its counts, and the words and colour of its state."""
    counts = Delivery.objects.counts_by_broadcast(broadcasts)
    for broadcast in broadcasts:
        broadcast.counts = counts[broadcast.pk]
        add_state(broadcast)


def add_state(broadcast: Any) -> None:
    counts = broadcast.counts
    broadcast.waiting = sum(counts[name] for name in WAITING)
    broadcast.is_under_way = broadcast.waiting or broadcast.audience_count is None
    broadcast.state_words = broadcast.get_state_display()
    broadcast.kind = KINDS[broadcast.state]
    if broadcast.state == Broadcast.State.FIXED:
        if broadcast.due_at > timezone.now():
            broadcast.state_words, broadcast.kind = _("予約済み"), "info"
        elif not broadcast.waiting:
            broadcast.state_words, broadcast.kind = _("配信済み"), "ok"


def get_broadcast_or_404(public_id: str) -> Broadcast:
    found: Broadcast = get_object_or_404(
        Broadcast.objects.listed(), public_id=public_id
    )
    return found


@require_right(VIEW)
@require_safe
def broadcast(request: ShopRequest, public_id: str) -> HttpResponse:
    found: Any = get_broadcast_or_404(public_id)
    add_figures([found])
    forecast = None if found.audience_count is not None else build_forecast(found)
    context = {
        "broadcast": found,
        "forecast": forecast,
        "recipients": list_recipients(found) if forecast else [],
        "skipped": list_skipped(found),
        "shares": list_shares(found),
        "results": load_results(found) if found.counts["sent"] else None,
        "may_send": request.seat.can(SEND),
        "may_act": found.is_editable or (found.is_running and found.is_under_way),
        "paused": list(Sender.objects.paused()),
        "held": explain_broadcast_hold() if found.is_editable else "",
    }
    return render(request, "messaging/broadcasts/broadcast.html", context)


def list_shares(broadcast: Any) -> list[dict[str, Any]]:
    """Return the parts of the audience by state for the bar and its table; together they are the whole audience.

    ``start`` and ``share`` are in thousandths of the bar.
    """
    total, at, found = broadcast.audience_count or 0, 0.0, []
    counts = {**broadcast.counts, "waiting": broadcast.waiting}
    for name, label, _states in STATES:
        if name == "held":  # a broadcast waits for no poll
            continue
        count = counts.get(name, 0)
        share = 1000 * count / total if total else 0
        found.append(
            {
                "name": name,
                "label": label,
                "count": count,
                "start": round(at, 2),
                "share": round(share, 2),
            }
        )
        at += share
    return found


def build_forecast(broadcast: Broadcast) -> dict[str, Any] | None:
    """Return how many would get it now, and why the others would not; None when the condition cannot be read."""
    try:
        by_way = group_audience(broadcast)
    except BadCondition:
        return None
    counts: Counter[str] = Counter()
    some: dict[str, set[int]] = defaultdict(set)
    for (reason, _by_mail), (number, ids) in by_way.items():
        counts[reason] += number
        some[reason] |= ids
    reached = counts.pop("", 0)
    return {
        "reached": reached,
        "by_line": by_way.get(("", False), (0, set()))[0],
        "by_mail": by_way.get(("", True), (0, set()))[0],
        "unreached": counts.total(),
        "total": reached + counts.total(),
        "left_out": describe_unreached(counts, some),
    }


def describe_unreached(
    counts: Counter[str], some: dict[str, set[int]]
) -> list[tuple[str, int, list[Member]]]:
    """Return (reason in words, how many, some of them), most first."""
    ids = {pk for reason in counts for pk in some[reason]}
    members = {row.pk: row for row in Member.objects.filter(pk__in=ids)}
    return [
        (describe_reason(reason), n, [members[pk] for pk in sorted(some[reason])])
        for reason, n in counts.most_common()
    ]


def list_skipped(broadcast: Broadcast) -> list[tuple[str, str, int]]:
    """Return (reason, reason in words, count) of those who were not sent to, most first."""
    skipped = Delivery.objects.filter(broadcast=broadcast, state=Delivery.State.SKIPPED)
    rows = skipped.order_by().values_list("reason").annotate(Count("pk"))
    counts = Counter(dict(rows)).most_common()
    return [(reason, describe_reason(reason), n) for reason, n in counts]


@require_right(SEND)
@require_safe
def quota(request: ShopRequest, public_id: str) -> HttpResponse:
    """Show what is left of the month at LINE; the page asks for it beside, because LINE may be slow."""
    found = get_broadcast_or_404(public_id)
    context: dict[str, Any] = {"broadcast": found, "quota": None}
    try:
        if found.account:
            with hold_place_to_check():
                context["quota"] = fetch_quota(found.account)
    except (LineRefused, TryLater):
        context["quota"] = None
    forecast = build_forecast(found)
    left = context["quota"].left if context["quota"] else None
    context["short"] = bool(
        forecast and left is not None and forecast["by_line"] > left
    )
    part = "quota" if request.htmx else "quota_page"
    return render(request, f"messaging/broadcasts/{part}.html", context)
