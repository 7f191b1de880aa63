"""From the path to the shop: /t/<slug>/ is its console, /p/<slug>/ its public pages, the rest belongs to no shop."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import set_script_prefix
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tenants.models import Tenant
from tenants.realms import REALMS
from tenants.scope import RequestTransaction, act_as, open_tenant_scope

# A switch takes a few seconds; what takes longer was killed.
LONG = timedelta(minutes=1)
Handler = Callable[[HttpRequest], HttpResponse]
PATH = re.compile(r"^/(?P<realm>[tp])/(?P<slug>[-a-zA-Z0-9_]+)(?P<rest>/.*)$")


class RealmMiddleware:
    """Moves the shop's part of the path into SCRIPT_NAME, so that routes and links inside know nothing of it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        match = PATH.match(request.path_info)
        request.realm = ""  # type: ignore[attr-defined]
        if not match:
            return self.get_response(request)
        prefix = f"/{match['realm']}/{match['slug']}"
        request.realm, request.slug = match["realm"], match["slug"]  # type: ignore[attr-defined]
        request.path_info, request.META["SCRIPT_NAME"] = match["rest"], prefix
        request.urlconf = REALMS[match["realm"]]
        set_script_prefix(f"{prefix}/")
        try:
            return self.get_response(request)
        finally:
            set_script_prefix("/")


def send_to_login(request: HttpRequest) -> HttpResponse:
    """Return a redirect to the login, and from there to the page that somebody worked on when the session ended.

    A form may be posted to an address that is no page, so the page that it stood on counts.
    """
    at_login = redirect_to_login(find_page(request))
    if "HX-Request" not in request.headers:
        return at_login
    return HttpResponse(headers={"HX-Redirect": at_login.headers["Location"]})


def find_page(request: HttpRequest) -> str:
    """Return the path of the page that the request was sent from; of a plain GET, its own."""
    shown = request.headers.get("HX-Current-URL") or (
        request.headers.get("Referer", "") if request.method == "POST" else ""
    )
    parts = urlsplit(shown)
    inside = f"{request.META['SCRIPT_NAME']}/"
    if parts.netloc != request.get_host() or not parts.path.startswith(inside):
        return request.get_full_path()
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def say_closed(request: HttpRequest) -> HttpResponse:
    """Tell a customer that the shop takes nothing in at the moment."""
    context = {
        "title": _("ただいま受け付けていません"),
        "text": _("お手数ですが、ショップに直接お問い合わせください。"),
        "kind": "info",
    }
    return render(request, "public/message.html", context, status=503)


def say_moving(request: HttpRequest) -> HttpResponse:
    """Answer for a shop that is on its way to another cell: whoever asks again in a moment is answered there.

    A move that was killed takes longer: then it is said since when, and that nothing is lost.
    """
    since = request.tenant.closed_at  # type: ignore[attr-defined]
    text = _("数秒待って、もう一度お試しください。")
    if timezone.now() - since > LONG:
        text = _(
            "%(since)sから切り替えています。時間がかかっていますが、データは失われません。しばらく待って、もう一度お試しください。"
        ) % {"since": date_format(timezone.localtime(since), "SHORT_DATETIME_FORMAT")}
    context = {
        "title": _("サーバーを切り替えています"),
        "text": text,
        "kind": "info",
    }
    response = render(request, "public/message.html", context, status=503)
    response.headers["Retry-After"] = "2"
    return response


class TenantMiddleware:
    """Opens the shop's scope and one transaction around the view, and names who acts."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        if not request.realm:
            return self.get_response(request)
        console = request.realm == "t"
        if console and not request.user.is_authenticated:
            return send_to_login(request)
        request.tenant = get_object_or_404(Tenant, slug=request.slug)
        if request.tenant.is_elsewhere:
            return say_moving(request)
        with (
            open_tenant_scope(request.tenant),
            # Before the transaction, which then begins with all that it has to be told.
            act_as(
                request.user if console else None, "console" if console else "public"
            ),
            RequestTransaction(),
        ):
            return self.get_response(request)

    def process_view(
        self, request: Any, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        mark = {"t": "right", "p": "is_public"}.get(request.realm)
        if mark and not hasattr(view, mark):
            raise ImproperlyConfigured(
                f"{view.__module__}.{view.__name__} says neither @require_right(...) nor @mark_public."
            )
        if request.realm == "p" and request.tenant.closed_at:
            return None if getattr(view, "when_closed", False) else say_closed(request)
        return None

    def process_exception(self, request: Any, exception: Exception) -> None:
        """Roll back: the error page is an ordinary response to the transaction around us and would commit it."""
        if request.realm:
            transaction.set_rollback(True)
