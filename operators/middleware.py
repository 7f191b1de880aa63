"""Who sends the request: the operator's language, and in a shop's console the seat."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from redis.exceptions import RedisError

from operators.audit import record_from
from operators.login.record import get_request_address
from operators.masking import show_to
from operators.models import Seat

logger = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]


class CountingMiddleware:
    """Where something must be counted and Valkey does not answer, nothing is done: a page says so.

    A login counts its failures. Pages that count nothing never meet this.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if not isinstance(exception, RedisError):
            return None
        logger.warning("Refused without Valkey: %s", type(exception).__name__)
        response = render(request, "503.html", status=503)
        response.headers["Retry-After"] = "10"
        return response


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
        request.seat = Seat.objects.filter(operator=request.user, off_at=None).first()
        if not request.seat:
            raise Http404
        with record_from(get_request_address(request)), show_to(request.seat):
            response = self.get_response(request)
        response.headers["Cache-Control"] = "no-store"
        return response
