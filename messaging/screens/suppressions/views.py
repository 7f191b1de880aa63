"""メールの送信停止: the addresses that get no mail, one more by hand, and lifting what holds one back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from console.pager import paginate_rows
from console.views import get_safe_next_url
from members.conditions.stored_search import save_search
from messaging.models import Suppression
from messaging.screens.suppressions.filters import SuppressionFilters
from messaging.screens.suppressions.forms import SuppressionForm
from messaging.suppression.manage import lift_suppression, suppress_address
from operators.rights import ShopRequest, require_right
from operators.roles import SEND, VIEW


@require_right(VIEW)
@save_search
@require_safe
def suppressions(request: ShopRequest) -> HttpResponse:
    rows = Suppression.objects.select_related("created_by", "lifted_by")
    filters = SuppressionFilters(request, rows)
    context = {
        "page": paginate_rows(filters.qs, request.GET, order=["-created_at"]),
        "filters": filters,
        "may_send": request.seat.can(SEND),
    }
    return render(request, "messaging/suppression/list.html", context)


@require_right(SEND)
def new_suppression(request: ShopRequest) -> HttpResponse:
    """Hold an address back by hand."""
    form = SuppressionForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        by_hand = Suppression.Reason.BY_HAND
        suppress_address(given["mail_address"], by_hand, given["note"])
        messages.success(request, _("このメールアドレスへの送信を止めました。"))
        return redirect("messaging:suppressions")
    status = 422 if form.is_bound else 200
    context = {"form": form}
    return render(request, "messaging/suppression/new.html", context, status=status)


@require_right(SEND)
@require_POST
def lift(request: ShopRequest, public_id: str) -> HttpResponse:
    found = get_object_or_404(Suppression.objects, public_id=public_id)
    if lift_suppression(found):
        messages.success(request, _("このメールアドレスへの送信を再開しました。"))
    else:
        messages.info(request, _("送信の停止は、すでに解除されています。"))
    return redirect(get_safe_next_url(request))
