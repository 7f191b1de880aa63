"""配信停止: the page behind the link of a mail. Opening it changes nothing: mail scanners open every link."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from messaging.links.addresses import decode_token
from messaging.models import Delivery
from messaging.suppression.unsubscribe import (
    find_unsubscription,
    subscribe_again,
    unsubscribe_recipient,
)
from operators.rights import ShopRequest, mark_public, serve_when_closed
from tenants.scope import act_as


@csrf_exempt
@serve_when_closed
@mark_public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: ShopRequest, token: str) -> HttpResponse:
    """Show a button; a POST stops the mails at once, of the button as of a mail program (RFC 8058), without cookies."""
    rows = Delivery.objects.select_related("call", "member")
    delivery = get_object_or_404(rows, public_id=decode_token(token), channel="mail")
    if request.method == "POST":
        with act_as(None, "mail"):
            if request.POST.get("again"):
                subscribe_again(delivery)
            else:
                unsubscribe_recipient(delivery)
    context = {"stopped": find_unsubscription(delivery) is not None}
    response = render(request, "messaging/suppression/unsubscribe.html", context)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
