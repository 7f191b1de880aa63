"""受注リスト: all orders of all carts, read only, and their file."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cartsync.models import CartOrder, Link
from cartsync.orders.export_job import MOST_ORDERS, request_order_file
from cartsync.orders.select import select_orders
from cartsync.screens.orders.filters import OrderFilters
from console.filters import PAGE
from console.pager import paginate_rows
from jobs.files.forms import FileForm
from jobs.files.guard import DownloadRefused, refuse_download
from members.conditions.search import cache_searches
from members.conditions.stored_search import save_search
from members.listing.counts import Count, count_list_rows
from members.models import Member
from operators.rights import ShopRequest, require_right
from operators.roles import EXPORT, VIEW


@require_right(VIEW)
@save_search
@require_safe
def orders(request: ShopRequest) -> HttpResponse:
    filters = OrderFilters(request, select_orders())
    page = paginate_rows(filters.qs, request.GET, ["-ordered_at"])
    attach_members(page.rows)
    context = {
        "page": page,
        "filters": filters,
        "query": build_list_query(request),
        "may_export": request.seat.can(EXPORT),
        # Without scripts the page is asked for once more, with its count.
        "found": count_orders(request) if "counted" in request.GET else None,
    }
    return render(request, "cartsync/orders/list.html", context)


@require_right(VIEW)
@require_safe
def count(request: ShopRequest) -> HttpResponse:
    """Count the list, after its page is there: of 10,000,000 orders that takes a while."""
    found = count_orders(request)
    return render(request, "cartsync/orders/count.html", {"found": found})


def count_orders(request: ShopRequest) -> Count:
    with cache_searches():
        filters = OrderFilters(request, CartOrder.objects.all())
        return count_list_rows(filters.qs, f"orders:{build_list_query(request)}")


def build_list_query(request: ShopRequest) -> str:
    """Return the list's conditions as they stand in the address, without the place in it."""
    query = request.GET.copy()
    for name in (*PAGE, "counted"):
        query.pop(name, None)
    return query.urlencode()


def attach_members(rows: Sequence[CartOrder]) -> None:
    """Give each order its ``member``, None where its customer is linked with nobody: one query for the page."""
    links = Link.objects.current().filter(
        cart__in={row.cart_id for row in rows},
        customer__external_id__in={row.customer_external_id for row in rows},
    )
    members: dict[tuple[int, str], Member] = {
        (link.cart_id, link.customer.external_id): link.member
        for link in links.select_related("customer", "member")
    }
    for row in rows:
        found = members.get((row.cart_id, row.customer_external_id))
        row.member = found  # type: ignore[attr-defined]


@require_right(EXPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: ShopRequest) -> HttpResponse:
    """Ask for a file of the orders that the list shows; ``confirm`` starts the job."""
    with cache_searches():
        rows = OrderFilters(request, CartOrder.objects.all()).qs
        total = rows.order_by()[: MOST_ORDERS + 1].count()
    sent = request.POST if "confirm" in request.POST else None
    form = FileForm(sent, request=request, length=request.tenant.export_password_length)
    form.full_clean()
    form.confirm_operator()
    if form.is_bound and form.is_valid():
        try:
            data = form.cleaned_data
            job = request_order_file(
                request.user,
                build_list_query(request),
                total,
                data["format"],
                data["reason"],
                data["password"],
            )
        except DownloadRefused as reason:
            form.add_error(None, str(reason))
        else:
            return redirect("jobs:job", job.public_id)
    context = {
        "form": form,
        "total": total,
        "query": build_list_query(request),
        "refused": "" if form.is_bound else find_refusal(request),
    }
    if not total:
        messages.info(request, _("書き出す受注がありません。条件を変えてください。"))
        return redirect(f"{reverse('cartsync:orders')}?{context['query']}")
    status = 422 if form.is_bound else 200
    return render(request, "cartsync/orders/export.html", context, status=status)


def find_refusal(request: ShopRequest) -> str:
    try:
        refuse_download(request.user)
    except DownloadRefused as reason:
        return str(reason)
    return ""
