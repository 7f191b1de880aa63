"""From the path to the shop: /t/<slug>/ is its console, /p/<slug>/ its public pages, the rest belongs to no shop."""

import re
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import set_script_prefix

from tenants.models import Tenant
from tenants.realms import REALMS
from tenants.scope import RequestTransaction, act_as, open_tenant_scope

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


class TenantMiddleware:
    """Opens the shop's scope and one transaction around the view, and names who acts."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        if not request.realm:
            return self.get_response(request)
        console = request.realm == "t"
        if console and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        request.tenant = get_object_or_404(Tenant, slug=request.slug)
        with (
            open_tenant_scope(request.tenant),
            RequestTransaction(),
            act_as(
                request.user if console else None, "console" if console else "public"
            ),
        ):
            return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        mark = {"t": "right", "p": "is_public"}.get(request.realm)
        if mark and not hasattr(view, mark):
            raise ImproperlyConfigured(
                f"{view.__module__}.{view.__name__} says neither @needs(...) nor @public."
            )

    def process_exception(self, request: Any, exception: Exception) -> None:
        """Roll back: the error page is an ordinary response to the transaction around us and would commit it."""
        if request.realm:
            transaction.set_rollback(True)
