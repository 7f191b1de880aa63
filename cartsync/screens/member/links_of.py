"""The links of one member, and what belongs to their customers."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from cartsync.models import Link
from members.models import Member


def list_links(member: Member) -> list[Link]:
    return list(
        Link.objects.filter(member=member)
        .select_related("cart", "customer", "linked_by", "ended_by", "accepted_by")
        .order_by("-linked_at")
    )


def list_current_links(member: Member) -> list[Link]:
    """Return the links that stand, of carts that are switched on: 無効 of a cart hides what it tells.

    One that stopped by itself still shows what it told last.
    """
    return [
        link
        for link in list_links(member)
        if link.ended_at is None and (link.cart.is_active or link.cart.stopped_reason)
    ]


def build_customer_filter(link: Link) -> dict[str, Any]:
    return {"cart": link.cart_id, "customer_external_id": link.customer.external_id}


def build_theirs(links: Sequence[Link]) -> Q:
    """Return the condition on orders or subscriptions that one of these links' customers made them."""
    if not links:
        return Q(pk__in=[])
    return Q(*(Q(**build_customer_filter(link)) for link in links), _connector=Q.OR)
