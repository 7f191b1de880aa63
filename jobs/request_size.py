"""What a request may bring: asked before anything reads its body, and so before anything of it is on a disk.

Django's CSRF check reads the whole body of every post, also of one to the login page.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render

Handler = Callable[[HttpRequest], HttpResponse]
V = TypeVar("V", bound=Callable[..., Any])


def accept_file(view: V) -> V:
    """Mark a view whose form takes a file; everybody else's requests are short."""
    view.accepts_file = True  # type: ignore[attr-defined]
    return view


class BodyMiddleware:
    """Refuses a body that is too long by what the request says of it, and ends one that does not come.

    Stands before the CSRF check.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if getattr(view, "accepts_file", False) and request.user.is_authenticated:
            return None  # jobs/uploads.py keeps what fits; the form says what does not
        if getattr(view, "csrf_exempt", False):
            return None  # read by the view alone, which asks for the length first
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        given = str(request.META.get("CONTENT_LENGTH") or "0")
        if given.isascii() and given.isdigit() and int(given) <= most:
            return None
        return refuse_body(request, 413)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if isinstance(exception, UnreadablePostError):
            return refuse_body(request, 408)
        return None


def refuse_body(request: HttpRequest, status: int) -> HttpResponse:
    return render(request, f"{status}.html", status=status)
