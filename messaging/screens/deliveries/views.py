"""送信ログ: every delivery with its state and the reason, the ones a person must decide on first."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from console.filters import ListFilterSet
from console.pager import paginate_rows
from members.conditions.stored_search import save_search
from members.models import Member
from messaging.booked.edit import is_editable
from messaging.content.events import attach_event_values
from messaging.deliveries import decide
from messaging.models import Delivery, Scenario, Sender, Suppression
from messaging.runs.events import EventPage, list_event_pages
from messaging.screens.deliveries.filters import STATES, DeliveryFilters
from messaging.suppression.manage import find_suppressions
from operators.rights import ShopRequest, require_right
from operators.roles import SEND, VIEW

UNKNOWN_SHOWN = 20


@require_right(VIEW)
@save_search
@require_safe
def log(request: ShopRequest) -> HttpResponse:
    filters = DeliveryFilters(request, Delivery.objects.listed())
    state = filters.chosen.get("state", "")
    unknown_count = Delivery.objects.unknown().count()
    rows = Delivery.objects.unknown().listed().order_by("planned_at", "pk")
    unknown = rows[:UNKNOWN_SHOWN] if unknown_count and state != "unknown" else ()
    context = {
        "page": paginate_rows(filters.qs, request.GET, order=["-planned_at"]),
        "filters": filters,
        "state": state,
        "unknown": list(unknown),
        "unknown_count": unknown_count,
        "tabs": list_state_tabs(
            filters, {key: label for key, label, _states in STATES}
        ),
        "scenario": find_scenario(filters),
        "member": find_member(filters),
        "may_send": request.seat.can(SEND),
        "paused": list(Sender.objects.paused()),
    }
    return render(request, "messaging/deliveries/log.html", context)


def find_scenario(filters: DeliveryFilters) -> Scenario | None:
    """Return the step message whose log it is, for the way back to it."""
    public_id = filters.chosen.get("scenario")
    return Scenario.objects.filter(public_id=public_id).first() if public_id else None


def find_member(filters: ListFilterSet) -> Member | None:
    """Return the member whose log it is, for the way back to their page."""
    public_id = filters.chosen.get("member")
    return Member.objects.filter(public_id=public_id).first() if public_id else None


def list_state_tabs(
    filters: ListFilterSet, states: Mapping[str, object]
) -> list[dict[str, object]]:
    """Return the tabs of the states, ``states`` being their labels by the value of the filter."""
    current = filters.chosen.get("state", "")
    labels = {"": _("すべて"), **states}
    return [
        {
            "label": label,
            "url": filters.url_with(state=key),
            "current": key == current,
            "count": None,
        }
        for key, label in labels.items()
    ]


def get_delivery_or_404(public_id: UUID) -> Delivery:
    delivery: Delivery = get_object_or_404(
        Delivery.objects.logged(), public_id=public_id
    )
    return delivery


@require_right(VIEW)
@require_safe
def delivery(request: ShopRequest, public_id: UUID) -> HttpResponse:
    """Show one delivery: what it says, what became of it and why, and the rest of its series."""
    found = get_delivery_or_404(public_id)
    attach_event_values([found])
    series: list[Delivery] = []
    if found.enrollment_id:
        rows = Delivery.objects.filter(enrollment=found.enrollment_id)
        series = list(rows.select_related("call").order_by("planned_at", "pk"))
    context = {
        "delivery": found,
        "series": series if len(series) > 1 else [],
        "is_booked": found.state in Delivery.BOOKED,
        "is_editable": is_editable(found),
        "may_send": request.seat.can(SEND),
        "bounces": list(found.bounces.select_related("mail").order_by("at", "pk")),
        "held": list_held(found),
        "event": find_event_page(found),
    }
    return render(request, "messaging/deliveries/delivery.html", context)


def find_event_page(delivery: Delivery) -> EventPage | None:
    """Return where the event that began the delivery's run is shown."""
    run = delivery.enrollment
    return list_event_pages([run]).get(run.pk) if run else None


def list_held(delivery: Delivery) -> list[Suppression]:
    """Return what holds the address of a mail back now."""
    if delivery.channel != Sender.Kind.MAIL:
        return []
    member = delivery.member
    address = member.email if member else delivery.address
    return find_suppressions([address]).get(address, [])


def answer_decided_already(request: ShopRequest) -> HttpResponse:
    messages.info(request, _("この配信は、すでに対応されています。"))
    return redirect("messaging:deliveries")


@require_right(SEND)
@require_POST
def mark_sent(request: ShopRequest, public_id: UUID) -> HttpResponse:
    if not decide.mark_delivery_sent(get_delivery_or_404(public_id)):
        return answer_decided_already(request)
    messages.success(request, _("送信済みにしました。"))
    return redirect("messaging:deliveries")


@require_right(SEND)
def send_again(request: ShopRequest, public_id: UUID) -> HttpResponse:
    """Send the delivery once more; GET asks first, because it may arrive twice."""
    delivery = get_delivery_or_404(public_id)
    if delivery.state != Delivery.State.UNKNOWN:
        return answer_decided_already(request)
    if request.method != "POST":
        attach_event_values([delivery])
        return render(
            request, "messaging/deliveries/send_again.html", {"delivery": delivery}
        )
    decide.send_delivery_again(delivery)
    messages.success(
        request, _("もう一度送ります。数秒後に送信ログで結果を確認してください。")
    )
    return redirect("messaging:deliveries")
