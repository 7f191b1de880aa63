"""Settled orders of linked members, for what messages brought about."""

from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from cartsync.models import CartOrder, Link


def select_sales() -> QuerySet[Any]:
    """Return the orders in 売上完了 with ``member_id`` (None where nobody is linked), ``at`` and ``yen``."""
    linked = Link.objects.filter(
        cart_id=OuterRef("cart_id"),
        customer__external_id=OuterRef("customer_external_id"),
        ended_at=None,
    )
    sold = CartOrder.objects.filter(state=CartOrder.State.SOLD).order_by()
    return sold.annotate(
        member_id=Subquery(linked.values("member_id")[:1]),
        at=F("ordered_at"),
        yen=F("total"),
    )
