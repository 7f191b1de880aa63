"""予約中: what has not gone out yet, found, stopped and moved; many at once by a job."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from console.numbers import parse_number
from console.pager import count_up_to, paginate_rows
from jobs.views import announce_job
from members.conditions.stored_search import save_search
from messaging.booked.jobs import MoveParams, start_cancelling, start_moving
from messaging.booked.move import NewTime, plan_new_times
from messaging.booked.rows import (
    BookedParams,
    Rows,
    find_last_number,
    select_booked_rows,
)
from messaging.models import Delivery
from messaging.screens.booked.filters import BookedFilters
from messaging.screens.booked.forms import MoveManyForm
from operators.rights import ShopRequest, require_right
from operators.roles import SEND, VIEW

COUNTED, SHOWN = 10_000, 5


@require_right(VIEW)
@save_search
@require_safe
def booked(request: ShopRequest) -> HttpResponse:
    filters = BookedFilters(request, Delivery.objects.booked().logged())
    count = count_up_to(filters.qs, COUNTED)
    page = paginate_rows(filters.qs, request.GET, order=["planned_at"], total=count)
    context = {
        "page": page,
        "filters": filters,
        "at_least": COUNTED if count > COUNTED else 0,
        "query": request.GET.urlencode(),
        "may_send": request.seat.can(SEND),
    }
    return render(request, "messaging/booked/list.html", context)


@dataclass
class ChosenBooked:
    """The messages that the list's form means: those ticked, or all that the list's filters find."""

    request: ShopRequest

    @cached_property
    def filters(self) -> BookedFilters:
        return BookedFilters(self.request, Delivery.objects.booked())

    @property
    def is_all(self) -> bool:
        return self.request.POST.get("scope") == "all"

    @cached_property
    def ids(self) -> list[str]:
        return [] if self.is_all else self.request.POST.getlist("ids")[:200]

    @cached_property
    def params(self) -> BookedParams:
        """What a job is given. What is booked after the page asked stays out of it."""
        if self.is_all:
            number = parse_number(self.request.POST.get("last", ""))
            return BookedParams(
                last=number or find_last_number(), wish=self.filters.wish
            )
        rows = Delivery.objects.booked().filter(public_id__in=read_uuids(self.ids))
        # Without any, a number that nothing has: an empty list would mean all.
        return BookedParams(ids=list(rows.values_list("pk", flat=True)) or [0])

    @property
    def text(self) -> str:
        return self.filters.text if self.is_all else ""

    @property
    def rows(self) -> Rows:
        if self.is_all and self.filters.form.errors:
            return Delivery.objects.none()
        return select_booked_rows(self.params, self.text)

    @cached_property
    def count(self) -> int:
        return self.rows.order_by().count()

    @property
    def fields(self) -> dict[str, object]:
        """The hidden fields by which the next page means the same."""
        return {"scope": "all", "last": self.params.last} if self.is_all else {}

    @property
    def back(self) -> str:
        return f"{reverse('messaging:booked')}?{self.request.GET.urlencode()}"


def read_uuids(texts: list[str]) -> list[UUID]:
    """Return those of the texts that are public ids of deliveries."""
    found = []
    for text in texts:
        with suppress(ValueError):
            found.append(UUID(text))
    return found


def find_chosen(request: ShopRequest) -> ChosenBooked | None:
    """Return what was chosen; None, with a message, when that is nothing."""
    chosen = ChosenBooked(request)
    if chosen.count:
        return chosen
    messages.error(
        request,
        _("選んだ配信は、もう予約中ではありません。一覧で選び直してください。"),
    )
    return None


@require_right(SEND)
@require_POST
def cancel_many(request: ShopRequest) -> HttpResponse:
    """Ask, and with ``confirm`` cancel what was chosen."""
    chosen = find_chosen(request)
    if not chosen:
        return redirect(ChosenBooked(request).back)
    if "confirm" in request.POST:
        job = start_cancelling(chosen.params, chosen.text, chosen.count, request.user)
        announce_job(request, job)
        return redirect(chosen.back)
    sample = chosen.rows.logged().order_by("planned_at", "pk")[:SHOWN]
    context = {"chosen": chosen, "sample": list(sample)}
    return render(request, "messaging/booked/cancel_many.html", context)


@require_right(SEND)
@require_POST
def move_many(request: ShopRequest) -> HttpResponse:
    """Ask how far, with ``check`` show the first new times, and with ``confirm`` move what was chosen."""
    chosen = find_chosen(request)
    if not chosen:
        return redirect(ChosenBooked(request).back)
    asked = "check" in request.POST or "confirm" in request.POST
    form = MoveManyForm(request.POST if asked else None)
    if form.is_valid() and "confirm" in request.POST:
        job = start_moving(
            build_move_params(chosen, form), chosen.text, chosen.count, request.user
        )
        announce_job(request, job)
        return redirect(chosen.back)
    times = plan_first_few(chosen, form) if form.is_bound and form.is_valid() else []
    context = {
        "chosen": chosen,
        "form": form,
        "times": times,
        "past": any(time.at < timezone.now() for time in times),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "messaging/booked/move_many.html", context, status=status)


def build_move_params(chosen: ChosenBooked, form: MoveManyForm) -> MoveParams:
    data, meant = form.cleaned_data, chosen.params
    to = data["at"].isoformat() if data["way"] == "at" else ""
    seconds = form.measure_shift(data).total_seconds()
    return MoveParams(
        ids=meant.ids, last=meant.last, wish=meant.wish, seconds=seconds, to=to
    )


def plan_first_few(chosen: ChosenBooked, form: MoveManyForm) -> list[NewTime]:
    """Return the new times of the first few, as they will be."""
    rows = chosen.rows.logged().order_by("planned_at", "pk")[:SHOWN]
    data = form.cleaned_data
    to = data["at"] if data["way"] == "at" else None
    return plan_new_times(rows, form.measure_shift(data), to)
