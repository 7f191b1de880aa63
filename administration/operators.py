"""設定 › オペレーター: who works in the shop, with which rights."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from administration.filters import OperatorFilters
from administration.operator_forms import InvitationForm, LoginForm, SeatForm
from operators.login.confirm import require_confirmation
from operators.login.events import get_request_address
from operators.login.factors import has_second_factor
from operators.models import AccessCode, Seat
from operators.rights import ShopRequest, require_right
from operators.roles import MANAGE, RIGHT_LABELS, RIGHTS, SINGLE_RIGHTS, Role
from operators.seats import manage
from operators.seats.access_codes import LIFETIMES, build_code_path
from operators.seats.invite import (
    cancel_invitation,
    find_most_seats,
    invite_operator,
    list_open_invitations,
)
from operators.seats.second_factor import remove_factors
from operators.tasks import queue_invitation

METHODS = ["GET", "HEAD", "POST"]
PAGE = "administration/operators/"


def run_verb(form: forms.Form, verb: Callable[..., Any], *args: Any) -> bool:
    """Return whether the verb accepted; a refusal is shown in the form."""
    try:
        verb(*args)
    except ValidationError as refused:
        form.add_error(None, refused)
        return False
    return True


def build_rights_table() -> list[dict[str, Any]]:
    """Return a row for each right: its label, whether it can be given singly, and who has it by role."""
    return [
        {
            "label": label,
            "single": right in SINGLE_RIGHTS,
            "roles": [right in RIGHTS[role] for role in Role],
        }
        for right, label in RIGHT_LABELS.items()
    ]


@require_right(MANAGE)
@require_safe
def list_operators(request: ShopRequest) -> HttpResponse:
    rows = Seat.objects.select_related("operator").order_by("operator__name", "pk")
    filters = OperatorFilters(request, rows)
    context = {
        "seats": [
            {"seat": seat, "may_change": manage.can_manage(request.seat, seat)}
            for seat in filters.qs
        ],
        "filters": filters,
        "invitations": list_open_invitations(),
        "roles": list(Role),
        "rights": build_rights_table(),
        "most": find_most_seats(),
        "count": Seat.objects.filter(expires_at=None).count(),
    }
    return render(request, f"{PAGE}list.html", context)


@require_right(MANAGE)
@require_http_methods(METHODS)
def add_operator(request: ShopRequest) -> HttpResponse:
    form = InvitationForm(request.POST or None, by=request.seat)
    if form.is_bound and form.is_valid():
        try:
            return invite_from_form(request, form)
        except ValidationError as refused:
            form.add_error(None, refused)
    status = 422 if form.is_bound else 200
    return render(request, f"{PAGE}invite.html", {"form": form}, status=status)


def invite_from_form(request: ShopRequest, form: InvitationForm) -> HttpResponse:
    """Mail the invitation, or show the code that is to be handed over: this once."""
    name, email = form.cleaned_data["name"], form.cleaned_data["email"]
    _row, code = invite_operator(
        request.seat, name, form.role_chosen, form.rights_chosen, email
    )
    if not email:
        return show_code(request, AccessCode.Kind.INVITE, name, code)
    queue_invitation(request.tenant, request.user.name, name, email, code)
    messages.success(
        request,
        _("%(name)sさんへ招待メールを送ります。届いたメールのURLから参加できます。")
        % {"name": name},
    )
    return redirect("administration:operators")


def show_code(
    request: ShopRequest, kind: AccessCode.Kind, name: str, code: str
) -> HttpResponse:
    context = {
        "kind": kind,
        "name": name,
        "code": code,
        "url": f"{settings.SITE_URL}{build_code_path(request.tenant, code)}",
        "join_url": f"{settings.SITE_URL}/join/",
        "hours": int(LIFETIMES[kind].total_seconds() // 3600),
    }
    return render(request, f"{PAGE}code.html", context)


@require_right(MANAGE)
@require_http_methods(METHODS)
def cancel_operator_invitation(request: ShopRequest, public_id: str) -> HttpResponse:
    invitation = get_object_or_404(
        AccessCode.objects, public_id=public_id, kind=AccessCode.Kind.INVITE
    )
    if request.method == "POST":
        return finish_change(request, cancel_invitation, request.seat, invitation)
    context = {"invitation": invitation}
    return render(request, f"{PAGE}cancel.html", context)


def get_seat_or_404(pk: int) -> Seat:
    return get_object_or_404(Seat.objects.select_related("operator"), pk=pk)


def finish_change(
    request: ShopRequest, verb: Callable[..., Any], *args: Any
) -> HttpResponse:
    """Run the verb and go back to the list with what became of it."""
    try:
        verb(*args)
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
    else:
        messages.success(request, _("保存しました。次の操作から反映されます。"))
    return redirect("administration:operators")


@require_right(MANAGE)
@require_http_methods(METHODS)
def edit_operator(request: ShopRequest, pk: int) -> HttpResponse:
    seat = get_seat_or_404(pk)
    form = SeatForm(request.POST or None, by=request.seat, seat=seat)
    if form.is_bound and form.is_valid():
        args = (request.seat, seat, form.role_chosen, form.rights_chosen)
        if run_verb(form, manage.change_seat, *args):
            messages.success(request, _("保存しました。次の操作から反映されます。"))
            return redirect("administration:operators")
    context = {
        "seat": seat,
        "form": form,
        "may_change": manage.can_manage(request.seat, seat),
        "objection": manage.describe_login_objection(request.seat, seat),
        "has_factor": has_second_factor(seat.operator),
    }
    status = 422 if form.is_bound else 200
    return render(request, f"{PAGE}operator.html", context, status=status)


@require_right(MANAGE)
@require_http_methods(METHODS)
def edit_operator_login(request: ShopRequest, pk: int) -> HttpResponse:
    seat = get_seat_or_404(pk)
    now = {"name": seat.operator.name, "login_id": seat.operator.login_id}
    form = LoginForm(request.POST or None, initial=now)
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        args = (request.seat, seat, values["name"], values["login_id"])
        if run_verb(form, manage.change_login, *args):
            messages.success(request, _("氏名とログインIDを保存しました。"))
            return redirect("administration:operator", pk)
    context = {"seat": seat, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, f"{PAGE}login.html", context, status=status)


@require_right(MANAGE)
@require_http_methods(METHODS)
def switch_operator(request: ShopRequest, pk: int) -> HttpResponse:
    seat = get_seat_or_404(pk)
    if request.method == "POST":
        is_on = bool(seat.off_at)
        return finish_change(request, manage.switch_seat, request.seat, seat, is_on)
    return render(request, f"{PAGE}switch.html", {"seat": seat})


@require_right(MANAGE)
@require_http_methods(METHODS)
@require_confirmation()
def remove_operator_factors(request: ShopRequest, pk: int) -> HttpResponse:
    seat = get_seat_or_404(pk)
    if request.method == "POST":
        address = get_request_address(request)
        return finish_change(request, remove_factors, request.seat, seat, address)
    return render(request, f"{PAGE}factors.html", {"seat": seat})


@require_right(MANAGE)
@require_http_methods(METHODS)
@require_confirmation()
def reset_operator_password(request: ShopRequest, pk: int) -> HttpResponse:
    seat = get_seat_or_404(pk)
    if request.method == "POST":
        try:
            code = manage.start_reset(request.seat, seat)
        except ValidationError as refused:
            messages.error(request, refused.messages[0])
            return redirect("administration:operator", pk)
        return show_code(request, AccessCode.Kind.RESET, seat.operator.name, code)
    return render(request, f"{PAGE}reset.html", {"seat": seat})


@require_right(MANAGE)
@require_http_methods(METHODS)
def remove_operator(request: ShopRequest, pk: int) -> HttpResponse:
    seat = get_seat_or_404(pk)
    if request.method == "POST":
        return finish_change(request, manage.remove_seat, request.seat, seat)
    return render(request, f"{PAGE}remove.html", {"seat": seat})
