"""送信ログ: every delivery with its state and the reason, the ones a person must decide on first."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from console.pager import paginate_rows
from messaging.deliveries import decide
from messaging.models import Delivery, Scenario
from messaging.screens.scenarios.views import list_stopped_accounts
from operators.rights import ShopRequest, require_right
from operators.roles import SEND, VIEW

UNKNOWN_SHOWN = 20
# ?state=… of the tabs.
FILTERS: dict[str, dict[str, Any]] = {
    "waiting": {"state__in": (0, 1)},
    "sent": {"state": 2},
    "skipped": {"state": 3},
    "failed": {"state": 4},
    "unknown": {"state": 6},
}


@require_right(VIEW)
def log(request: ShopRequest) -> HttpResponse:
    rows = Delivery.objects.logged()
    state = request.GET.get("state", "")
    if state in FILTERS:
        rows = rows.filter(**FILTERS[state])
    scenario = Scenario.objects.filter(
        public_id=request.GET.get("scenario", "")
    ).first()
    if scenario:
        rows = rows.filter(enrollment__scenario=scenario)
    unknown = (
        []
        if state == "unknown"
        else Delivery.objects.unknown().logged().order_by("planned_at", "pk")
    )
    context = {
        "page": paginate_rows(rows, request.GET, order=["-planned_at"]),
        "unknown": list(unknown[:UNKNOWN_SHOWN]),
        "unknown_count": Delivery.objects.unknown().count(),
        "tabs": build_log_tabs(request, state),
        "scenario": scenario,
        "may_send": request.seat.can(SEND),
        "accounts": list_stopped_accounts(),
    }
    return render(request, "messaging/deliveries/log.html", context)


def build_log_tabs(request: ShopRequest, current: str) -> list[dict[str, object]]:
    labels = {
        "": _("すべて"), "waiting": _("待機"), "sent": _("送信済み"), "skipped": _("対象外"), "failed": _("失敗"),
        "unknown": _("結果不明"),
    }  # fmt: skip
    found = []
    for state, label in labels.items():
        query = request.GET.copy()
        for name in ("after", "before", "at", "state"):
            query.pop(name, None)
        if state:
            query["state"] = state
        found.append(
            {
                "label": label,
                "url": f"?{query.urlencode()}",
                "current": state == current,
                "count": None,
            }
        )
    return found


def get_delivery_or_404(retry_key: UUID) -> Delivery:
    """Return the delivery with this retry key, the one random thing it has, or raise Http404.

    Those still to decide are found by index; the others are asked for rarely.
    """
    rows = Delivery.objects.logged()
    open_one: Delivery | None = rows.filter(
        state=Delivery.State.UNKNOWN, retry_key=retry_key
    ).first()
    return open_one or get_object_or_404(rows, retry_key=retry_key)


def answer_decided_already(request: ShopRequest) -> HttpResponse:
    messages.info(request, _("この配信は、すでに対応されています。"))
    return redirect("messaging:deliveries")


@require_right(SEND)
@require_POST
def mark_sent(request: ShopRequest, retry_key: UUID) -> HttpResponse:
    if not decide.mark_delivery_sent(get_delivery_or_404(retry_key)):
        return answer_decided_already(request)
    messages.success(request, _("送信済みにしました。"))
    return redirect("messaging:deliveries")


@require_right(SEND)
def send_again(request: ShopRequest, retry_key: UUID) -> HttpResponse:
    """Send the delivery once more; GET asks first, because it may arrive twice."""
    delivery = get_delivery_or_404(retry_key)
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
