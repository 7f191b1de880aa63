"""要確認: what a person decides, and the decisions."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cartsync.matching.decide import end_link, keep, link_by_hand
from cartsync.matching.review import cases
from cartsync.models import CartCustomer, Link
from console.pager import paginate
from members.models import Member
from operators.rights import ShopRequest, needs
from operators.roles import EDIT, VIEW

SIZE = 20


@needs(VIEW)
def review(request: ShopRequest) -> HttpResponse:
    links = Link.objects.changed().select_related("member", "customer", "cart")
    members = Member.objects.filter(link_state=Member.LinkState.REVIEW, deleted_at=None)
    counts = {"changed": links.count(), "match": members.count()}
    view = request.GET.get("view") or (
        "match" if counts["match"] and not counts["changed"] else "changed"
    )
    context: dict[str, object] = {
        "view": view,
        "tabs": tabs(counts, view),
        "may_decide": request.seat.can(EDIT),
    }
    if view == "match":
        people = paginate(
            members,
            request.GET,
            order=["-created_at"],
            size=SIZE,
            total=counts["match"],
        )
        context |= {"page": people, "cases": cases(people.rows)}
    else:
        context["page"] = paginate(
            links,
            request.GET,
            order=["-changed_at"],
            size=SIZE,
            total=counts["changed"],
        )
    return render(request, "cartsync/review/review.html", context)


def tabs(counts: dict[str, int], view: str) -> list[dict[str, object]]:
    labels = {"changed": _("連携後に変更"), "match": _("照合できない会員")}
    return [
        {
            "label": labels[name],
            "url": f"?view={name}",
            "count": count,
            "current": name == view,
        }
        for name, count in counts.items()
    ]


@needs(EDIT)
@require_POST
def link_pair(request: ShopRequest) -> HttpResponse:
    member = Member.objects.filter(public_id=request.POST.get("member", "")).first()
    customers = CartCustomer.objects.select_related("cart__linked_tag")
    customer = customers.filter(pk=number(request.POST.get("customer", ""))).first()
    if not member or not customer:
        return gone(request)
    try:
        link_by_hand(member, customer)
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
    else:
        messages.success(
            request, _("顧客番号%(number)sと連携しました。") % {"number": customer}
        )
    return back(request)


@needs(EDIT)
@require_POST
def keep_link(request: ShopRequest) -> HttpResponse:
    if not (link := link_of(request)):
        return gone(request)
    keep(link)
    messages.success(request, _("連携をこのまま続けます。"))
    return back(request)


@needs(EDIT)
@require_POST
def end(request: ShopRequest) -> HttpResponse:
    if not (link := link_of(request)):
        return gone(request)
    end_link(link)
    messages.success(
        request, _("連携を終えました。この組み合わせが自動で連携することはありません。")
    )
    return back(request)


def link_of(request: ShopRequest) -> Link | None:
    links = Link.objects.current().select_related(
        "cart__linked_tag", "member", "customer"
    )
    return links.filter(public_id=request.POST.get("link", "")).first()


def gone(request: ShopRequest) -> HttpResponse:
    """Answer that somebody else was quicker."""
    messages.error(
        request, _("この連携はもう変わっています。画面で今の状態を確かめてください。")
    )
    return back(request)


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def back(request: ShopRequest) -> HttpResponse:
    """Redirect to the page the button was on: the list, or the member's."""
    there = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        there, {request.get_host()}, require_https=request.is_secure()
    )
    if not safe or not there.startswith("/"):
        there = reverse("cartsync:review")
    return redirect(there)
