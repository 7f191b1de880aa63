"""The way to a shop, and the health of the process."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from operators.rights import ShopRequest, require_right
from operators.roles import VIEW


def home(request: HttpRequest) -> HttpResponse:
    return redirect("shops")


@require_right(VIEW)
@require_safe
def start(request: ShopRequest) -> HttpResponse:
    return redirect("administration:today")


def favicon(request: HttpRequest) -> HttpResponse:
    """Lead those who ask for the icon at its oldest address, as browsers do on pages that are no HTML, to our own."""
    return redirect(static("console/img/mark.svg"), permanent=True)


def healthz(request: HttpRequest) -> HttpResponse:
    """Answer load balancers and container health checks: the process runs and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
