"""Who sends the request: the operator's language, and in a shop's console the seat."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from operators.audit import record_from
from operators.login.events import get_request_address
from operators.masking import show_to
from operators.models import Seat, is_open_now
from operators.seats.second_factor import must_set_up_factor

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
        request.seat = find_seat(request.user)
        if not request.seat:
            raise Http404
        if must_set_up_factor(request.seat, request.tenant):
            return lead_to_set_up(request)
        with record_from(get_request_address(request)), show_to(request.seat):
            response = self.get_response(request)
        response.headers["Cache-Control"] = "no-store"
        return response


def find_seat(operator: Any) -> Seat | None:
    """Return the operator's seat in the open shop, if they have one and are not switched off."""
    seat = Seat.objects.filter(is_open_now(), operator=operator).first()
    if seat:
        seat.operator = operator
    return seat


def lead_to_set_up(request: Any) -> HttpResponse:
    """Send somebody whose role needs a second factor to their account, with the reason."""
    messages.warning(
        request,
        _(
            "「%(shop)s」では、%(role)sに二段階認証が必要です。認証アプリかパスキーを登録すると、ショップに入れます。"
        )
        % {"shop": request.tenant.name, "role": request.seat.get_role_display()},
    )
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": "/account/"})
    return HttpResponseRedirect("/account/")
