"""Where carts bring their webhooks."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from cartsync.models import Cart
from cartsync.sync.hints import is_hint, take_hint
from operators.rights import ShopRequest, mark_public

LARGEST = 1024 * 1024


@csrf_exempt
@mark_public
@require_POST
def cart_webhook(request: ShopRequest, cart: str) -> HttpResponse:
    """Take a signed webhook as a hint, and answer at once: carts wait a few seconds. Its body is never read."""
    found = get_object_or_404(
        Cart.objects.connected().select_related("tenant"), public_id=cart
    )
    size = int(request.headers.get("Content-Length") or 0)
    if size > LARGEST or len(request.body) > LARGEST:
        return HttpResponse("Too large", status=413, content_type="text/plain")
    if not is_hint(found, request.body, request.headers):
        return HttpResponse("Bad signature", status=403, content_type="text/plain")
    take_hint(found)
    return HttpResponse("OK", content_type="text/plain")
