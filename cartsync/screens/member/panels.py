"""What a member's page shows of the carts: the link, the orders, the subscriptions, and why there is no link."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cartsync.matching.cart_state import update_cart_states
from cartsync.matching.match import update_link_states
from cartsync.matching.reasons import find_reason
from cartsync.matching.review import ReviewCase, build_cases
from cartsync.models import CartOrder, CartSubscription, Link
from cartsync.screens.member.customer_panels import CUSTOMER_PANELS, CUSTOMER_TABS
from cartsync.screens.member.links_of import (
    build_customer_filter,
    build_theirs,
    list_current_links,
    list_links,
)
from console.pager import paginate_rows
from members.merge.references import Rule
from members.models import Member
from members.screens.profile.registry import (
    NEWEST,
    NextStep,
    Panel,
    Tab,
    is_one_screen_view,
)
from messaging.scenarios.ask_again import ASK_AGAIN
from operators.rights import ShopRequest
from operators.roles import EDIT

# Reasons that are settled by comparing on the page itself, by correcting the member's own data, and at the carts.
TO_COMPARE = ("customers", "taken", "members", "near", "ended")
TO_CORRECT = ("typo", "no_key", "not_found", "unanswered")
TO_ASK = ("near", "typo", "no_key", "not_found", "ended")
TO_CONNECT = ("down", "waiting", "no_cart")


# ---------------------------------------------------------------- 連携
def build_link_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    links = list_links(member)
    current = [link for link in links if link.ended_at is None]
    return {
        "linked": current,
        "ended": [link for link in links if link.ended_at],
        "case": None if current or member.deleted_at else build_member_case(member),
        "may_decide": cast("ShopRequest", request).seat.can(EDIT),
        "next": request.get_full_path(),
    }


def build_member_case(member: Member) -> ReviewCase:
    return build_cases([member])[0]


def suggest_next_step(member: Member) -> NextStep | None:
    if Link.objects.changed().filter(member=member).exists():
        return NextStep(
            _("連携後に変更"),
            _("連携したあとで電話番号かメールアドレスが変わりました。"),
            reverse("cartsync:review"),
            _("要確認で比べて決める"),
        )
    found = find_reason(member)
    if not found:
        return None
    url, label = "", ""
    if found.code in TO_COMPARE:
        url, label = "?#panel-carts", _("候補と比べる")
    elif found.code in TO_CORRECT:
        url, label = (
            reverse("members:edit", args=[member.public_id]),
            _("電話番号・メールを入力"),
        )
    elif found.code in TO_CONNECT:
        url, label = reverse("cartsync:carts"), _("連携状況を開く")
    if found.code in TO_ASK and member.line_state == Member.LineState.FRIEND:
        return NextStep(
            found.text, found.next_step, url, label, ASK_AGAIN, _("再入力を依頼")
        )
    return NextStep(found.text, found.next_step, url, label)


# ---------------------------------------------------------------- 注文, 定期: counted apart
def build_orders_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    """Return the panel's context: one list of all that the linked customers ordered, newest first."""
    links = list_current_links(member)
    rows = (
        CartOrder.objects.filter(build_theirs(links))
        .select_related("cart")
        .prefetch_related("lines")
    )
    total = rows.count()
    if is_one_screen_view(request):
        newest = list(rows.order_by("-ordered_at", "-pk")[:NEWEST])
        return {"links": links, "orders": newest, "more": total > NEWEST}
    page = paginate_rows(rows, request.GET, ["-ordered_at"], total=total)
    return {"links": links, "orders": page.rows, "page": page}


@dataclass(frozen=True)
class LinkSubscriptions:
    """What the customer of one link has subscribed to."""

    link: Link
    rows: Sequence[CartSubscription]


def build_subscriptions_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    rows = [
        LinkSubscriptions(
            link,
            list(
                CartSubscription.objects.filter(**build_customer_filter(link))
                .select_related("cart")
                .order_by("state", "-times", "pk")
            ),
        )
        for link in list_current_links(member)
    ]
    return {"bought": rows}


def count_orders(member: Member) -> int:
    return sum(link.customer.order_count for link in list_current_links(member))


def count_subscriptions(member: Member) -> int:
    return sum(
        CartSubscription.objects.filter(**build_customer_filter(link)).count()
        for link in list_current_links(member)
    )


# ---------------------------------------------------------------- merging members
def find_merge_objections(members: Sequence[Member]) -> list[str]:
    """Return objections to merging members who are linked with different customers of one cart.

    One member is linked with one customer of a cart: a person must settle two links first.
    """
    links = (
        Link.objects.current()
        .filter(member__in=members)
        .select_related("cart", "customer")
        .order_by("pk")
    )
    by_cart: dict[str, list[str]] = {}
    for link in links:
        by_cart.setdefault(str(link.cart), []).append(str(link.customer))
    words = _(
        "カート「%(cart)s」で、それぞれ別の顧客（%(customers)s）と連携しています。"
        "残さない方の連携を会員の画面で終えてから、もう一度統合してください。"
    )
    return [
        words % {"cart": cart, "customers": _("、").join(numbers)}
        for cart, numbers in by_cart.items()
        if len(numbers) > 1
    ]


def update_states_after_merge(member_ids: Sequence[int]) -> None:
    """Set the states of members whose links went from one to another."""
    update_link_states(member_ids)
    update_cart_states(member_ids)


MERGE_RULES = {
    "cartsync.Link.member": Rule(
        gettext_lazy("カートとの連携"),
        remember=("changed_at", "member_email", "member_phone"),
    ),
    "cartsync.CartTagHold.member": Rule(),
    "cartsync.IgnoredPair.member": Rule(),
    # Found again each hour.
    "cartsync.UnlinkedReason.member": Rule(moves=False),
}
TABS = (
    Tab(20, "orders", gettext_lazy("注文"), count_orders),
    Tab(30, "subscriptions", gettext_lazy("定期"), count_subscriptions),
    *CUSTOMER_TABS,
)
PANELS = (
    Panel(
        20,
        "carts",
        gettext_lazy("カート連携"),
        "cartsync/member/panel.html",
        build_link_context,
    ),
    Panel(
        22,
        "orders",
        gettext_lazy("注文"),
        "cartsync/member/orders.html",
        build_orders_context,
        tab="orders",
    ),
    Panel(
        24,
        "subscriptions",
        gettext_lazy("定期"),
        "cartsync/member/subscriptions.html",
        build_subscriptions_context,
        tab="subscriptions",
    ),
    *CUSTOMER_PANELS,
)
