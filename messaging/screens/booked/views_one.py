"""One booked message: stopped, or moved with the rest of its series."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from messaging.booked.cancel import cancel_delivery
from messaging.booked.edit import is_editable, rewrite_delivery
from messaging.booked.move import NewTime, TooEarly, move_series, plan_series
from messaging.booked.rows import find_series
from messaging.models import Delivery
from messaging.screens.booked.forms import PAST, MoveForm
from messaging.screens.booked.forms_content import BookedContentForm
from messaging.screens.deliveries.views import get_delivery_or_404
from operators.rights import ShopRequest, require_right
from operators.roles import SEND


def answer_gone(request: ShopRequest, delivery: Delivery) -> HttpResponse:
    messages.info(
        request,
        _("この配信は、もう予約中ではありません。結果を確かめてください。"),
    )
    return redirect("messaging:delivery", delivery.public_id)


@require_right(SEND)
def cancel(request: ShopRequest, public_id: UUID) -> HttpResponse:
    """Ask whether this one or the rest of its series is cancelled; then cancel it."""
    delivery = get_delivery_or_404(public_id)
    series = find_series(delivery).count()
    if delivery.state not in Delivery.BOOKED:
        return answer_gone(request, delivery)
    if request.method != "POST":
        context = {"delivery": delivery, "series": series}
        return render(request, "messaging/booked/cancel.html", context)
    cancelled = cancel_delivery(delivery, whole=request.POST.get("whole") == "1")
    if not cancelled:
        return answer_gone(request, delivery)
    said = _("予約中の%(n)s件を取り消しました。")
    messages.success(request, said % {"n": f"{cancelled:,}"})
    return redirect("messaging:delivery", public_id)


@require_right(SEND)
def move(request: ShopRequest, public_id: UUID) -> HttpResponse:
    """Ask for the new time, show what follows from it, and with ``confirm`` move."""
    delivery = get_delivery_or_404(public_id)
    if delivery.state not in Delivery.BOOKED:
        return answer_gone(request, delivery)
    form = MoveForm(
        request.POST or None,
        initial={"at": delivery.planned_at, "whole": ""},
        has_series=find_series(delivery).count() > 1,
    )
    times: list[NewTime] = []
    if form.is_valid():
        at, whole = form.cleaned_data["at"], form.is_whole
        try:
            if "confirm" in request.POST:
                return answer_moved(request, delivery, move_series(delivery, at, whole))
            times = plan_series(delivery, at, whole)
        except TooEarly:
            form.add_error("at", PAST)
    context = {"delivery": delivery, "form": form, "times": times}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "messaging/booked/move.html", context, status=status)


def answer_moved(request: ShopRequest, delivery: Delivery, moved: int) -> HttpResponse:
    if not moved:
        return answer_gone(request, delivery)
    said = _("予約中の%(n)s件の予定を変更しました。")
    messages.success(request, said % {"n": f"{moved:,}"})
    return redirect("messaging:delivery", delivery.public_id)


@require_right(SEND)
def edit(request: ShopRequest, public_id: UUID) -> HttpResponse:
    """Change what this one says; the rest of its series stays as it is."""
    delivery = get_delivery_or_404(public_id)
    if not is_editable(delivery):
        return answer_gone(request, delivery)
    changing = "edit" in request.POST
    form = BookedContentForm(
        None if changing else request.POST or None, delivery=delivery
    )
    form.take_content(request, form.line_content)
    if form.is_valid():
        if not rewrite_delivery(delivery, form.written):
            return answer_gone(request, delivery)
        messages.success(request, _("この1通の内容を書き換えました。"))
        return redirect("messaging:delivery", public_id)
    context = {"delivery": delivery, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "messaging/booked/edit.html", context, status=status)
