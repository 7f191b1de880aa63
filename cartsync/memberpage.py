"""連携と購入: what a member's page shows of the carts."""

from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest

from cartsync.models import CartOrder, CartSubscription, Link
from cartsync.reviewing import Case, cases
from members.models import Member
from tenants.access import EDIT, ShopRequest

NEWEST_ORDERS = 10


@dataclass(frozen=True)
class Linked:
    """One link with what its customer bought: orders and subscriptions are counted apart."""

    link: Link
    orders: list[CartOrder]
    subscriptions: list[CartSubscription]

    @property
    def more_orders(self) -> int:
        return max(self.link.customer.order_count - len(self.orders), 0)


def context(request: HttpRequest, member: Member) -> dict[str, Any]:
    links = Link.objects.filter(member=member).select_related("cart", "customer").order_by("-linked_at")
    current = [bought(link) for link in links if link.ended_at is None]
    return {
        "linked": current,
        "ended": [link for link in links if link.ended_at],
        "case": None if current else case_of(member),
        "may_decide": cast("ShopRequest", request).seat.can(EDIT),
        "next": request.get_full_path(),
    }


def case_of(member: Member) -> Case:
    return cases([member])[0]


def bought(link: Link) -> Linked:
    customer = link.customer
    of_customer = {"cart": link.cart_id, "customer_external_id": customer.external_id}
    return Linked(
        link,
        list(CartOrder.objects.filter(**of_customer).order_by("-ordered_at", "-pk")[:NEWEST_ORDERS]),
        list(CartSubscription.objects.filter(**of_customer).order_by("state", "-times", "pk")),
    )
