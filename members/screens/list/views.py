"""会員リスト: the list, its search, and lists of addresses pasted into it."""

from dataclasses import dataclass

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from console.extension import find_found_pages
from console.pager import paginate_rows
from members.conditions.search import (
    cache_searches,
    is_search_too_common,
    save_search_text,
)
from members.conditions.sentences import summarize_condition
from members.conditions.tree import walk_leaves
from members.conditions.url import encode_condition
from members.listing.columns import build_list_columns
from members.listing.counts import get_cached_numbers
from members.listing.list_filter import ListFilter
from members.listing.selection import has_deleted_leaf
from members.models import ValueList
from members.screens.list.forms_paste import PasteForm
from members.screens.profile.registry import collect_link_reasons
from members.valuelists.lists import ValueListReport, list_sources, report_value_list
from operators.rights import ShopRequest, require_right
from operators.roles import CONNECT, EDIT, EXPORT, SEND, VIEW


@require_right(VIEW)
@require_safe
@cache_searches()
def members(request: ShopRequest) -> HttpResponse:
    chosen = ListFilter(request.GET)
    counts, approximate = count_list_tabs(chosen)
    tabs = chosen.tabs(counts)
    total = next((tab.count for tab in tabs if tab.current), 0)
    page = paginate_rows(
        chosen.members().with_tags(),
        request.GET,
        [chosen.order],
        total=total,
        approximate=approximate,
    )
    reasons = collect_link_reasons(page.rows)
    for member in page.rows:
        member.reason = reasons.get(member.pk, "")  # type: ignore[attr-defined]
    context = {
        "filter": chosen, "tabs": tabs, "page": page, "chips": chosen.chips, "paste_form": PasteForm(),
        "may_edit": request.seat.can(EDIT), "may_export": request.seat.can(EXPORT),
        "may_send": request.seat.can(SEND),
        "shows_deleted": has_deleted_leaf(chosen.condition), "may_connect": request.seat.can(CONNECT),
        **build_list_columns(request.seat, page.rows), "reports": build_list_reports(chosen),
        "found_pages": find_found_pages(request, chosen.text),
    }  # fmt: skip
    return render(request, "members/list/list.html", context)


def count_list_tabs(chosen: ListFilter) -> tuple[dict[str, int] | None, bool]:
    """Return how many members each tab has, and whether these are approximate (counted up to two minutes ago).

    None instead of counts: too many share the word that is searched for to count them while somebody waits.
    """
    if not chosen.usable:
        return {}, False
    if chosen.text and is_search_too_common(chosen.text):
        return None, True
    rows = chosen.members_of_all_tabs()
    return get_cached_numbers(
        f"tabs {encode_condition({'all': chosen.across})}", rows.by_link_state
    )


@dataclass(frozen=True)
class ListReport:
    """What became of one list of values.

    ``looked_up``: its values identify members, so that those who were found are counted; numbers are only compared.
    """

    title: str
    values: ValueList
    report: ValueListReport
    looked_up: bool


def build_list_reports(chosen: ListFilter) -> list[ListReport]:
    """Return a report for each list of values that the condition names, in its order."""
    named = {
        leaf["value"]: leaf
        for leaf in walk_leaves(chosen.own)
        if leaf["op"] in ("in_list", "not_in_list")
    }
    if not named or not chosen.usable:
        return []
    rows = {row.public_id: row for row in ValueList.objects.filter(public_id__in=named)}
    return [
        ListReport(
            summarize_condition(leaf),
            rows[key],
            report_value_list(rows[key]),
            bool(list_sources(rows[key].field)),
        )
        for key, leaf in named.items()
    ]


def redirect_to_list(query: QueryDict, **changed: str) -> HttpResponse:
    return redirect(reverse("members:list") + ListFilter(query).without(**changed))


@require_right(VIEW)
@require_POST
def search(request: ShopRequest) -> HttpResponse:
    """Search the list. What was typed is stored on the server; the list's URL names its random key."""
    query = request.GET.copy()
    query.pop("s", None)
    key = save_search_text(request.POST.get("q", ""))
    return redirect_to_list(query, **({"s": key} if key else {}))
