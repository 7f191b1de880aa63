"""One line for each request: the route, never the address, for an address names rows and an address of a form a person.

Every line that is logged behind this middleware carries the same request number, which the answer carries too.
"""

import logging
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config.defaults.logs import request_number

logger = logging.getLogger("tsunagi.access")
Handler = Callable[[HttpRequest], HttpResponse]


class AccessMiddleware:
    """Stands first, so that everything that is logged behind it belongs to a request."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token, began = request_number.set(secrets.token_hex(8)), time.monotonic()
        try:
            response = self.get_response(request)
            response.headers["X-Request-Id"] = request_number.get()
            logger.info("%s", describe_request(request, response, began))
            return response
        finally:
            request_number.reset(token)


def describe_request(request: HttpRequest, response: HttpResponse, began: float) -> str:
    """Return ``GET t:members/<str:public_id>/ 200 41ms``; what matches no route is ``-``."""
    match = getattr(request, "resolver_match", None)
    realm = getattr(request, "realm", "") or "-"
    route = match.route if match else "-"
    milliseconds = round((time.monotonic() - began) * 1000)
    return f"{request.method} {realm}:{route} {response.status_code} {milliseconds}ms"
