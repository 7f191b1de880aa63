"""会員リスト: the list, its search, and lists of addresses pasted into it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.pager import paginate
from members.columns import list_columns
from members.conditions import leaves, parts_of
from members.filtering import ListFilter, leaf, list_url
from members.forms import PasteForm
from members.models import ValueList
from members.panels import reasons_of
from members.searching import keep_text
from members.selecting import names_deleted
from members.value_lists import SOURCES, make_list, not_found, report
from tenants import audit
from tenants.access import CONNECT, EDIT, EXPORT, VIEW, ShopRequest, needs


@needs(VIEW)
@require_safe
def members(request: ShopRequest) -> HttpResponse:
    chosen = ListFilter(request.GET)
    counts = chosen.members_of_all_tabs().by_link_state()
    tabs = chosen.tabs(counts)
    total = next((tab.count for tab in tabs if tab.current), 0)
    page = paginate(chosen.members().with_tags(), request.GET, [chosen.order], total=total)
    reasons = reasons_of(page.rows)
    for member in page.rows:
        member.reason = reasons.get(member.pk, "")  # type: ignore[attr-defined]
    context = {
        "filter": chosen, "tabs": tabs, "page": page, "chips": chosen.chips, "paste_form": PasteForm(),
        "may_edit": request.seat.can(EDIT), "may_export": request.seat.can(EXPORT),
        "shows_deleted": names_deleted(chosen.condition), "may_connect": request.seat.can(CONNECT),
        **list_columns(request.seat, page.rows), **list_report(chosen),
    }  # fmt: skip
    return render(request, "members/list.html", context)


def list_report(chosen: ListFilter) -> dict[str, Any]:
    """What became of the first list of values that the condition names."""
    keys = [leaf["value"] for leaf in leaves(chosen.own) if leaf["op"] in ("in_list", "not_in_list")]
    values = ValueList.objects.filter(public_id=keys[0]).first() if keys and chosen.usable else None
    return {"values": values, "report": report(values) if values and values.field in SOURCES else None}


def back_to_list(query: QueryDict, **changed: str) -> HttpResponse:
    return redirect(reverse("members:list") + ListFilter(query).without(**changed))


@needs(VIEW)
@require_POST
def search(request: ShopRequest) -> HttpResponse:
    """What was typed is kept on the server; the list's URL names its random key."""
    query = request.GET.copy()
    query.pop("s", None)
    key = keep_text(request.POST.get("q", ""))
    return back_to_list(query, **({"s": key} if key else {}))


@needs(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: ShopRequest) -> HttpResponse:
    form = PasteForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            values = make_list(form.cleaned_data["text"])
            chosen = ListFilter(request.GET)
            pasted = leaf("email", "in_list", values.public_id)
            return redirect(reverse("members:list") + chosen.where({"all": [*parts_of(chosen.own), pasted]}))
        except ValidationError as error:
            form.add_error("text", error)
    return render(request, "members/paste.html", {"form": form}, status=422 if form.is_bound else 200)


@needs(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def list_not_found(request: ShopRequest, public_id: str) -> HttpResponse:
    """The pasted values that no member has, as text."""
    values = get_object_or_404(ValueList.objects, public_id=public_id)
    if request.method != "POST":
        return redirect(list_url(leaf(values.field, "in_list", values.public_id)))
    audit.record("value_list.not_found_read", values)
    lines = [f"{value}\r\n" for value in not_found(values).order_by("value").values_list("value", flat=True)]
    response = HttpResponse("".join(lines), content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="not-found.txt"'
    return response
