"""Where LINE brings its events."""

from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from messaging.inbound.events import store_events
from messaging.inbound.webhook import is_signed_by_line, parse_events
from messaging.models import LineAccount
from operators.rights import ShopRequest, mark_public, serve_when_closed

LARGEST = 1024 * 1024


@csrf_exempt
@serve_when_closed
@mark_public
@require_POST
def line_webhook(request: ShopRequest, webhook_key: str) -> HttpResponse:
    """Store the events and answer; a worker handles them.

    LINE waits two seconds, so nothing else happens here.
    """
    account = get_object_or_404(
        LineAccount.objects.select_related("tenant"), webhook_key=webhook_key
    )
    if (
        int(request.headers.get("Content-Length") or 0) > LARGEST
        or len(request.body) > LARGEST
    ):
        return HttpResponse("Too large", status=413, content_type="text/plain")
    if not is_signed_by_line(
        account, request.body, request.headers.get("X-Line-Signature", "")
    ):
        return HttpResponse("Bad signature", status=403, content_type="text/plain")
    try:
        events = parse_events(request.body)
    except ValueError:
        return HttpResponseBadRequest("Not a webhook body", content_type="text/plain")
    store_events(account, events)
    return HttpResponse("OK", content_type="text/plain")
