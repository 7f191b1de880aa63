"""The way to a shop, and the health of the process."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.cache import cache_control

from operators.models import Operator, Seat
from operators.rights import ShopRequest, require_right
from operators.roles import VIEW


def home(request: HttpRequest) -> HttpResponse:
    return redirect("shops")


@login_required
@cache_control(no_store=True)
@transaction.atomic
def shops(request: HttpRequest) -> HttpResponse:
    """Show the shops an operator works in; with only one, go straight to it."""
    seats = Seat.of(cast("Operator", request.user))
    if len(seats) == 1:
        return redirect(f"/t/{seats[0].tenant.slug}/")
    return render(request, "administration/shops.html", {"seats": seats})


@require_right(VIEW)
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
