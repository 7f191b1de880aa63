"""Who sends the request: the operator's language, and in a shop's console the seat."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation

from operators.models import Seat

Handler = Callable[[HttpRequest], HttpResponse]


class LocaleMiddleware:
    """The operator's language, else the visitor's own choice, else Japanese: never what the browser happens to send."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = getattr(request.user, "language", "") or request.COOKIES.get(
            settings.LANGUAGE_COOKIE_NAME, ""
        )
        language = (
            chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        )
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class SeatMiddleware:
    """Finds the operator's seat in the shop. A stranger gets the 404 of a page that is not there."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        if request.realm != "t":
            return self.get_response(request)
        request.seat = Seat.objects.filter(operator=request.user).first()
        if not request.seat:
            raise Http404
        response = self.get_response(request)
        response.headers["Cache-Control"] = "no-store"
        return response
