"""The pictures of messages, for LINE and for whoever got the message, and the way through their counted links."""

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from messaging.links.addresses import decode_token, list_urls
from messaging.links.record import record_click
from messaging.models import Delivery, MessageImage
from operators.rights import ShopRequest, mark_public

# A picture never changes under its address.
keep = cache_control(public=True, max_age=31_536_000, immutable=True)


@mark_public
@require_safe
@keep
def image(request: ShopRequest, token: str) -> HttpResponse:
    found = get_object_or_404(MessageImage.objects.defer("preview"), token=token)
    return HttpResponse(bytes(found.data), content_type="image/jpeg")


@mark_public
@require_safe
@keep
def preview(request: ShopRequest, token: str) -> HttpResponse:
    found = get_object_or_404(MessageImage.objects.defer("data"), token=token)
    return HttpResponse(bytes(found.preview), content_type="image/jpeg")


@mark_public
@require_safe
@never_cache
def link(request: ShopRequest, token: str, number: int) -> HttpResponse:
    """Count the tap and lead on to the address that the shop wrote."""
    rows = Delivery.objects.select_related("content")
    delivery = get_object_or_404(rows, public_id=decode_token(token))
    urls = list_urls(delivery.content)
    if number >= len(urls):
        raise Http404
    record_click(
        delivery,
        number,
        request.method or "",
        request.headers.get("User-Agent", ""),
        get_caller_address(request),
        timezone.now(),
    )
    return HttpResponseRedirect(urls[number])


def get_caller_address(request: ShopRequest) -> str:
    """Return the nearest address we trust: of the proxy's own entry when there is one."""
    given = str(request.META.get("REMOTE_ADDR", ""))
    if settings.SECURE_PROXY_SSL_HEADER:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        given = forwarded.rpartition(",")[2].strip() or given
    return given
