"""The pictures of messages, for LINE and for whoever got the message."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from messaging.models import MessageImage
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
