"""要確認: what a person decides, and the decisions."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cartsync.matching.near_review import (
    find_near_cases,
    find_pairs,
    select_known_members,
)
from cartsync.matching.operator_decisions import (
    accept_link_changes,
    end_link,
    ignore_pair,
    link_by_hand,
)
from cartsync.matching.review import build_cases
from cartsync.models import CartCustomer, Link
from cartsync.screens.review.filters import (
    ChangedLinkFilters,
    NearMissFilters,
    ReviewedMemberFilters,
)
from cartsync.sync.state_words import UndecidedWords, list_undecided_words
from console.filters import ListFilterSet
from console.numbers import parse_number
from console.pager import paginate_rows
from members.conditions.stored_search import save_search
from members.models import Member
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT, VIEW

SIZE = 20
MOST_WORDS_SHOWN = 10


@require_right(VIEW)
@save_search
@require_safe
def review(request: ShopRequest) -> HttpResponse:
    links = Link.objects.changed().select_related("member", "customer", "cart")
    members = Member.objects.filter(link_state=Member.LinkState.REVIEW, deleted_at=None)
    counts = {"changed": links.count(), "match": members.count()}
    if request.GET.get("view") == "near":
        return near(request, counts)
    view = request.GET.get("view") or (
        "match" if counts["match"] and not counts["changed"] else "changed"
    )
    context: dict[str, object] = {
        "view": view,
        "tabs": build_review_tabs(counts, view),
        "may_decide": request.seat.can(EDIT),
        "undecided": describe_undecided_words(),
    }
    filters: ListFilterSet
    if view == "match":
        filters, order = ReviewedMemberFilters(request, members), "-created_at"
    else:
        filters, order = ChangedLinkFilters(request, links), "-changed_at"
    total = filters.qs.count()
    page = paginate_rows(filters.qs, request.GET, [order], size=SIZE, total=total)
    context |= {"filters": filters, "page": page}
    if view == "match":
        context["cases"] = build_cases(page.rows)
    return render(request, "cartsync/review/review.html", context)


def near(request: ShopRequest, counts: dict[str, int]) -> HttpResponse:
    """Show the near misses; they are counted nowhere, because they are looked up page by page."""
    filters = NearMissFilters(request, select_known_members())
    after = parse_number(request.GET.get("after", "")) or 0
    found = find_near_cases(after, SIZE, filters.qs)
    context = {
        "view": "near",
        "tabs": build_review_tabs(counts, "near"),
        "may_decide": request.seat.can(EDIT),
        "undecided": describe_undecided_words(),
        "filters": filters,
        "near": found,
        "further_url": filters.url_with(after=str(found.after)) if found.after else "",
    }
    return render(request, "cartsync/review/review.html", context)


def describe_undecided_words() -> list[dict[str, str]]:
    """Return an alert for each cart that has words whose meaning nobody has said; it leads to where one says it."""
    return [describe_words_of_cart(found) for found in list_undecided_words()]


def describe_words_of_cart(found: UndecidedWords) -> dict[str, str]:
    title = _("「%(cart)s」に、意味の決まっていない状態の言葉が%(n)s件あります。")
    text = _("「%(words)s」の意味を選ぶまで、「その他」として扱います。")
    words = _("、").join(found.words[:MOST_WORDS_SHOWN])
    return {
        "title": title % {"cart": found.cart, "n": f"{len(found.words):,}"},
        "text": text % {"words": words},
        "url": reverse("cartsync:cart", args=[found.cart.public_id]) + "#words",
    }


def build_review_tabs(counts: dict[str, int], view: str) -> list[dict[str, object]]:
    labels = {
        "changed": _("連携後に変更"),
        "match": _("照合できない会員"),
        "near": _("惜しい一致"),
    }
    return [
        {
            "label": label,
            "url": f"?view={name}",
            "count": counts.get(name),
            "current": name == view,
        }
        for name, label in labels.items()
    ]


@require_right(EDIT)
@require_POST
def decide_near(request: ShopRequest) -> HttpResponse:
    """Link the chosen near misses, or ignore them."""
    pairs = find_pairs(list_posted_pairs(request))
    if not pairs:
        messages.error(
            request,
            _("選択されていません。会員を選択してから、もう一度実行してください。"),
        )
    elif request.POST.get("decision") == "ignore":
        ignored = sum(ignore_pair(member, customer) for member, customer in pairs)
        messages.success(
            request, _("惜しい一致%(n)s件を無視しました。") % {"n": f"{ignored:,}"}
        )
    else:
        link_pairs(request, pairs)
    return redirect_back(request)


def list_posted_pairs(request: ShopRequest) -> list[tuple[str, int]]:
    return [
        (public_id, parse_number(request.POST.get(f"customer-{public_id}", "")) or 0)
        for public_id in request.POST.getlist("ids")[:SIZE]
    ]


def link_pairs(request: ShopRequest, pairs: list[tuple[Member, CartCustomer]]) -> None:
    linked = 0
    for member, customer in pairs:
        try:
            link_by_hand(member, customer)
        except ValidationError as refused:
            messages.error(
                request,
                _("%(member)s：%(problem)s")
                % {"member": member, "problem": refused.messages[0]},
            )
        else:
            linked += 1
    if linked:
        messages.success(request, _("%(n)s名を連携しました。") % {"n": f"{linked:,}"})


@require_right(EDIT)
@require_POST
def link_pair(request: ShopRequest) -> HttpResponse:
    member = Member.objects.filter(public_id=request.POST.get("member", "")).first()
    customers = CartCustomer.objects.select_related("cart__linked_tag")
    customer = customers.filter(
        pk=parse_number(request.POST.get("customer", "")) or 0
    ).first()
    if not member or not customer:
        return answer_link_gone(request)
    try:
        link_by_hand(member, customer)
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
    else:
        messages.success(
            request, _("顧客番号%(number)sと連携しました。") % {"number": customer}
        )
    return redirect_back(request)


@require_right(EDIT)
@require_POST
def accept_changes(request: ShopRequest) -> HttpResponse:
    if not (link := find_posted_link(request)):
        return answer_link_gone(request)
    accept_link_changes(link)
    messages.success(request, _("連携をこのまま続けます。"))
    return redirect_back(request)


@require_right(EDIT)
@require_POST
def end(request: ShopRequest) -> HttpResponse:
    if not (link := find_posted_link(request)):
        return answer_link_gone(request)
    end_link(link)
    messages.success(
        request, _("連携を終えました。この組み合わせが自動で連携することはありません。")
    )
    return redirect_back(request)


def find_posted_link(request: ShopRequest) -> Link | None:
    links = Link.objects.current().select_related(
        "cart__linked_tag", "member", "customer"
    )
    return links.filter(public_id=request.POST.get("link", "")).first()


def answer_link_gone(request: ShopRequest) -> HttpResponse:
    """Answer that somebody else was quicker."""
    messages.error(
        request, _("この連携はもう変わっています。画面で今の状態を確かめてください。")
    )
    return redirect_back(request)


def redirect_back(request: ShopRequest) -> HttpResponse:
    """Redirect to the page the button was on: the list, or the member's."""
    there = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        there, {request.get_host()}, require_https=request.is_secure()
    )
    if not safe or not there.startswith("/"):
        there = reverse("cartsync:review")
    return redirect(there)
