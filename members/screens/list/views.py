"""会員リスト: the list, its search, and lists of addresses pasted into it."""

from dataclasses import dataclass

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from console.pager import paginate
from members.conditions.search import asking_once, keep_text, too_common
from members.conditions.sentences import brief
from members.conditions.tree import encode, leaves
from members.listing.columns import list_columns
from members.listing.counts import remembered
from members.listing.list_filter import ListFilter
from members.listing.selection import names_deleted
from members.models import ValueList
from members.screens.list.forms_paste import PasteForm
from members.screens.profile.registry import reasons_of
from members.valuelists.lists import SOURCES, Report, report
from operators.rights import ShopRequest, needs
from operators.roles import CONNECT, EDIT, EXPORT, VIEW


@needs(VIEW)
@require_safe
@asking_once()
def members(request: ShopRequest) -> HttpResponse:
    chosen = ListFilter(request.GET)
    counts, approximate = tab_counts(chosen)
    tabs = chosen.tabs(counts)
    total = next((tab.count for tab in tabs if tab.current), 0)
    page = paginate(
        chosen.members().with_tags(), request.GET, [chosen.order], total=total, approximate=approximate
    )  # fmt: skip
    reasons = reasons_of(page.rows)
    for member in page.rows:
        member.reason = reasons.get(member.pk, "")  # type: ignore[attr-defined]
    context = {
        "filter": chosen, "tabs": tabs, "page": page, "chips": chosen.chips, "paste_form": PasteForm(),
        "may_edit": request.seat.can(EDIT), "may_export": request.seat.can(EXPORT),
        "shows_deleted": names_deleted(chosen.condition), "may_connect": request.seat.can(CONNECT),
        **list_columns(request.seat, page.rows), "reports": list_reports(chosen),
    }  # fmt: skip
    return render(request, "members/list/list.html", context)


def tab_counts(chosen: ListFilter) -> tuple[dict[str, int] | None, bool]:
    """Return how many members each tab has, and whether these are approximate (counted up to two minutes ago).

    None instead of counts: too many share the word that is searched for to count them while somebody waits.
    """
    if not chosen.usable:
        return {}, False
    if chosen.text and too_common(chosen.text):
        return None, True
    rows = chosen.members_of_all_tabs()
    return remembered(f"tabs {encode({'all': chosen.across})}", rows.by_link_state)


@dataclass(frozen=True)
class ListReport:
    """What became of one list of values.

    ``looked_up``: its values identify members, so that those who were found are counted; numbers are only compared.
    """

    title: str
    values: ValueList
    report: Report
    looked_up: bool


def list_reports(chosen: ListFilter) -> list[ListReport]:
    """Return a report for each list of values that the condition names, in its order."""
    named = {
        leaf["value"]: leaf
        for leaf in leaves(chosen.own)
        if leaf["op"] in ("in_list", "not_in_list")
    }
    if not named or not chosen.usable:
        return []
    rows = {row.public_id: row for row in ValueList.objects.filter(public_id__in=named)}
    return [
        ListReport(
            brief(leaf), rows[key], report(rows[key]), rows[key].field in SOURCES
        )
        for key, leaf in named.items()
    ]


def back_to_list(query: QueryDict, **changed: str) -> HttpResponse:
    return redirect(reverse("members:list") + ListFilter(query).without(**changed))


@needs(VIEW)
@require_POST
def search(request: ShopRequest) -> HttpResponse:
    """Search the list. What was typed is stored on the server; the list's URL names its random key."""
    query = request.GET.copy()
    query.pop("s", None)
    key = keep_text(request.POST.get("q", ""))
    return back_to_list(query, **({"s": key} if key else {}))
