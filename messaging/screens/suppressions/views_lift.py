"""Lift what holds an address back from all mail."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from console.views import get_safe_next_url
from messaging.models import Suppression
from messaging.suppression.manage import lift_suppression
from operators.rights import ShopRequest, require_right
from operators.roles import SEND


@require_right(SEND)
@require_POST
def lift(request: ShopRequest, public_id: str) -> HttpResponse:
    found = get_object_or_404(Suppression.objects, public_id=public_id)
    if lift_suppression(found):
        messages.success(request, _("このメールアドレスへの送信を再開しました。"))
    else:
        messages.info(request, _("送信の停止は、すでに解除されています。"))
    return redirect(get_safe_next_url(request))
