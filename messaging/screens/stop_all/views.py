"""全配信を止める: one button for the whole shop, and the one that lifts it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.accounts import stop_all
from operators.rights import ShopRequest, require_right
from operators.roles import SEND


@require_right(SEND)
def stop_sends(request: ShopRequest) -> HttpResponse:
    """Stop all sends; GET asks first."""
    if request.method == "POST":
        stop_all.stop_all_sends(request.tenant)
        messages.success(
            request, _("全配信を止めました。解除するまで、何も送信されません。")
        )
        return redirect("messaging:deliveries")
    if stop_all.find_open_stop():
        return redirect("messaging:deliveries")
    return render(request, "messaging/stop_all/confirm.html")


@require_right(SEND)
@require_POST
def lift_stop(request: ShopRequest) -> HttpResponse:
    if stop_all.lift_stop(request.tenant):
        messages.success(
            request, _("全配信の停止を解除しました。待っていた配信を再開します。")
        )
    return redirect("messaging:deliveries")
