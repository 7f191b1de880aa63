from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from console import preferences
from console.styleguide.samples import build_styleguide_context


@require_POST
def set_preferences(request: HttpRequest) -> HttpResponse:
    form = preferences.PreferencesForm(request.POST)
    response = redirect(get_safe_next_url(request))
    if form.is_valid():
        operator = request.user if request.user.is_authenticated else None
        preferences.save_preferences(form.chosen(), operator, response)
    return response


def get_safe_next_url(request: HttpRequest) -> str:
    """Return the page that the form was on when it is one of ours, else the start page."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    )
    return target if safe and target.startswith("/") else settings.LOGIN_REDIRECT_URL


@require_http_methods(["GET", "HEAD", "POST"])
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component in every state. Internal: in production only for those who are logged in."""
    if settings.PRODUCTION and not request.user.is_authenticated:
        raise Http404
    return render(request, "styleguide.html", build_styleguide_context(request))


@require_http_methods(["GET", "HEAD"])
def styleguide_phone(request: HttpRequest) -> HttpResponse:
    if settings.PRODUCTION and not request.user.is_authenticated:
        raise Http404
    return render(request, "styleguide_phone.html", build_styleguide_context(request))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
