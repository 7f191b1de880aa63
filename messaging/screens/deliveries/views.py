"""送信ログ: every delivery with its state and the reason, the ones a person must decide on first."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from console.pager import paginate_rows
from members.conditions.kept_search import save_search
from messaging.deliveries import decide
from messaging.models import Delivery, Scenario, Sender
from messaging.screens.deliveries.filters import STATES, DeliveryFilters
from operators.rights import ShopRequest, require_right
from operators.roles import SEND, VIEW

UNKNOWN_SHOWN = 20


@require_right(VIEW)
@save_search
@require_safe
def log(request: ShopRequest) -> HttpResponse:
    filters = DeliveryFilters(request, Delivery.objects.logged())
    state = filters.chosen.get("state", "")
    unknown = (
        []
        if state == "unknown"
        else Delivery.objects.unknown().logged().order_by("planned_at", "pk")
    )
    context = {
        "page": paginate_rows(filters.qs, request.GET, order=["-planned_at"]),
        "filters": filters,
        "state": state,
        "unknown": list(unknown[:UNKNOWN_SHOWN]),
        "unknown_count": Delivery.objects.unknown().count(),
        "tabs": list_state_tabs(filters),
        "scenario": find_scenario(filters),
        "may_send": request.seat.can(SEND),
        "paused": list(Sender.objects.paused()),
    }
    return render(request, "messaging/deliveries/log.html", context)


def find_scenario(filters: DeliveryFilters) -> Scenario | None:
    """Return the step message whose log it is, for the way back to it."""
    public_id = filters.chosen.get("scenario")
    return Scenario.objects.filter(public_id=public_id).first() if public_id else None


def list_state_tabs(filters: DeliveryFilters) -> list[dict[str, object]]:
    current = filters.chosen.get("state", "")
    labels = {"": _("すべて"), **{key: label for key, label, _states in STATES}}
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
        return render(
            request, "messaging/deliveries/send_again.html", {"delivery": delivery}
        )
    decide.send_delivery_again(delivery)
    messages.success(
        request, _("もう一度送ります。数秒後に送信ログで結果を確認してください。")
    )
    return redirect("messaging:deliveries")
