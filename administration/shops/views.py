"""The choice of shop, a further shop on trial, and the application for formal use."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from administration.shops.erase import KEPT
from administration.shops.forms import ApplicationForm, ShopForm
from administration.shops.trials import (
    TRIAL,
    apply_for_plan,
    explain_no_trial,
    find_newest_application,
    open_trial,
)
from operators.models import Operator, Seat
from operators.rights import ShopRequest, require_right
from operators.roles import MANAGE, Role

PAGE = "administration/shops/"


@login_required
@require_safe
@cache_control(no_store=True)
@transaction.atomic
def list_shops(request: HttpRequest) -> HttpResponse:
    """Show the shops an operator works in; with only one, go straight to it unless asked for the choice."""
    seats = Seat.of(cast("Operator", request.user))
    if len(seats) == 1 and "choose" not in request.GET:
        return redirect(f"/t/{seats[0].tenant.slug}/")
    context = {
        "seats": seats,
        "may_open": any(seat.role == Role.OWNER for seat in seats),
    }
    return render(request, f"{PAGE}choose.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(no_store=True)
@transaction.atomic
def add_shop(request: HttpRequest) -> HttpResponse:
    operator = cast("Operator", request.user)
    form = ShopForm(request.POST or None)
    refusal = explain_no_trial(operator)
    if not refusal and form.is_bound and form.is_valid():
        values = form.cleaned_data
        try:
            shop = open_trial(operator, values["slug"], values["name"])
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(
                request,
                _("「%(shop)s」を開きました。まず、初期設定を進めてください。")
                % {"shop": shop.name},
            )
            return redirect(f"/t/{shop.slug}/settings/checklist/")
    context = {
        "form": form,
        "refusal": refusal,
        "trial_days": TRIAL.days,
        "kept_days": KEPT.days,
        "ends": timezone.now() + TRIAL,
    }
    status = 422 if form.is_bound else 200
    return render(request, f"{PAGE}new.html", context, status=status)


@require_right(MANAGE, when_closed=True)
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: ShopRequest) -> HttpResponse:
    mine = {"contact": request.user.name, "email": request.user.email}
    form = ApplicationForm(
        request.POST or None, initial={"company": request.tenant.name, **mine}
    )
    if form.is_bound and form.is_valid():
        try:
            apply_for_plan(request.tenant, request.user, form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(
                request,
                _(
                    "お申し込みを受け付けました。結果は、この画面とお知らせで連絡します。"
                ),
            )
            return redirect("administration:plan")
    context = {"form": form, "application": find_newest_application(request.tenant)}
    status = 422 if form.is_bound else 200
    return render(request, f"{PAGE}apply.html", context, status=status)
