"""条件で絞込: the builder of the list's condition, its rows as they come and go, and the count before applying."""

from django.db import OperationalError, connection, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from jobs.request_size import accept_file
from members.conditions.sql import filter_members
from members.conditions.tree import BadCondition, Condition
from members.listing.list_filter import ListFilter
from members.models import Member, Segment
from members.screens.builder.form import Builder
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT, VIEW

PATIENCE = 3_000  # milliseconds that the count before applying may take


@accept_file
@require_right(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ShopRequest) -> HttpResponse:
    """Show the builder, as a page or as the body of the list's dialog, and apply its condition to the list."""
    chosen = ListFilter(request.GET)
    if request.method != "POST":
        builder = Builder.of(
            find_condition_to_rebuild(request) or chosen.own, request.seat.can(EDIT)
        )
        if "row" in request.GET or request.htmx:
            builder.point_at(request.GET.get("row", ""))
        return render_builder(request, chosen, builder)
    builder = read_posted_builder(request)
    if not builder.acted(request.POST):
        condition = builder.read()
        if condition is not None:
            return HttpResponseRedirect(
                reverse("members:list") + chosen.where(condition)
            )
    return render_builder(request, chosen, builder)


def find_condition_to_rebuild(request: ShopRequest) -> Condition | None:
    """Return the saved condition that ``again`` asks to build again, or None.

    It names something that is gone, and is to be saved again under its name.
    """
    if "again" not in request.GET:
        return None
    found = (
        Segment.objects.seen_by(request.seat)
        .filter(public_id=request.GET.get("v", ""))
        .first()
    )
    return found.condition if found else None


def read_posted_builder(request: ShopRequest) -> Builder:
    """Return the builder as it was posted; only those who may edit tags may make one here."""
    return Builder.posted(request.POST, request.FILES, may_tag=request.seat.can(EDIT))


def render_builder(
    request: ShopRequest, chosen: ListFilter, builder: Builder
) -> HttpResponse:
    template = (
        "members/builder/form.html" if request.htmx else "members/builder/page.html"
    )
    context = {
        "builder": builder,
        "filter": chosen,
        "here": chosen.without(),
        "in_dialog": bool(request.htmx),
    }
    return render(request, template, context, status=422 if builder.failed else 200)


@accept_file
@require_right(VIEW)
@require_POST
def rows(request: ShopRequest) -> HttpResponse:
    """Show the rows again after one was added, removed or given another field; for any page with a builder."""
    builder = read_posted_builder(request)
    builder.acted(request.POST)
    return trigger_client_event(
        render(request, "members/builder/rows.html", {"builder": builder}), "rows"
    )


@accept_file
@require_right(VIEW)
@require_POST
def count(request: ShopRequest) -> HttpResponse:
    """Show how many members the rows would find, together with the tab and the search of the list.

    What building the condition stores is rolled back.
    """
    builder = read_posted_builder(request)
    if builder.late:
        return render(request, "members/builder/count.html", {"late": True})
    with transaction.atomic():
        condition = builder.read()
        number = (
            count_found_members(ListFilter(request.GET).with_own(condition))
            if condition is not None
            else None
        )
        transaction.set_rollback(True)
    context = {"number": number, "unfinished": condition is None}
    return render(request, "members/builder/count.html", context)


def count_found_members(condition: Condition) -> int | None:
    """Return how many members the condition finds; None when that takes too long or it cannot be read."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE)]
            )
            return filter_members(Member.objects.all(), condition).order_by().count()
    except (BadCondition, OperationalError):
        return None
