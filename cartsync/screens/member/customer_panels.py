"""What a member's page shows of its customers as the carts have them: addresses, points, coupons, ways (アクセス履歴).

All of it is read only: it is changed in the cart.
"""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from cartsync.models import CartOrder
from cartsync.screens.member.links_of import build_theirs, list_current_links
from console.pager import paginate_rows
from members.models import Member
from members.screens.profile.registry import NEWEST, Panel, Tab, is_one_screen_view

# An order whose cart says at least one thing of its way.
HAS_WAY = ~Q(url="", campaign="", advertiser="", device="")


def build_links_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    return {"links": list_current_links(member)}


def build_ways_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    """Return the panel's context: the ways of the member's orders, newest first."""
    links = list_current_links(member)
    rows = CartOrder.objects.filter(build_theirs(links), HAS_WAY)
    if is_one_screen_view(request):
        newest = list(rows.order_by("-ordered_at", "-pk")[: NEWEST + 1])
        return {
            "links": links,
            "orders": newest[:NEWEST],
            "more": len(newest) > NEWEST,
        }
    page = paginate_rows(rows, request.GET, ["-ordered_at"], total=rows.count())
    return {"links": links, "orders": page.rows, "page": page}


def count_addresses(member: Member) -> int:
    return sum(len(link.customer.addresses) for link in list_current_links(member))


def count_points(member: Member) -> int:
    links = list_current_links(member)
    return sum(link.customer.points is not None for link in links)


def count_coupons(member: Member) -> int:
    return sum(bool(link.customer.coupons) for link in list_current_links(member))


def count_ways(member: Member) -> int:
    theirs = build_theirs(list_current_links(member))
    return CartOrder.objects.filter(theirs, HAS_WAY).count()


CUSTOMER_TABS = (
    Tab(15, "addresses", gettext_lazy("住所"), count_addresses),
    Tab(32, "points", gettext_lazy("ポイント"), count_points),
    Tab(34, "coupons", gettext_lazy("クーポン"), count_coupons),
    Tab(36, "access", gettext_lazy("アクセス履歴"), count_ways),
)
CUSTOMER_PANELS = (
    Panel(
        21,
        "addresses",
        gettext_lazy("住所"),
        "cartsync/member/addresses.html",
        build_links_context,
        tab="addresses",
    ),
    Panel(
        25,
        "points",
        gettext_lazy("ポイント"),
        "cartsync/member/points.html",
        build_links_context,
        tab="points",
    ),
    Panel(
        26,
        "coupons",
        gettext_lazy("クーポン"),
        "cartsync/member/coupons.html",
        build_links_context,
        tab="coupons",
    ),
    Panel(
        27,
        "access",
        gettext_lazy("アクセス履歴"),
        "cartsync/member/access.html",
        build_ways_context,
        tab="access",
    ),
)
