"""Member.cart_state: the strongest state among the carts that a member is linked with; "" without a link."""

from collections.abc import Sequence

from django.db.models import Case, CharField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from cartsync.models import Cart, CartCustomer, Link
from members.models import Member

State = CartCustomer.State
# For somebody who left one cart and only looked into another, what counts is the one that they left.
STRONGEST = (State.MEMBER, State.PROVISIONAL, State.GUEST, State.LEFT, State.VISITOR)


def build_strongest_state() -> Coalesce:
    """Return the strongest state as an expression on Member, for an UPDATE."""
    order = Case(
        *(When(state=state, then=Value(place)) for place, state in enumerate(STRONGEST))
    )
    linked = CartCustomer.objects.filter(
        links__member=OuterRef("pk"), links__ended_at=None
    ).order_by(order)
    return Coalesce(
        Subquery(linked.values("state")[:1]), Value(""), output_field=CharField()
    )


def update_cart_states(found: Q) -> int:
    """Update the state of the members that fit, in the caller's transaction; return how many changed."""
    return (
        Member.objects.filter(found)
        .exclude(cart_state=build_strongest_state())
        .update(cart_state=build_strongest_state())
    )


def update_cart_states_of_customers(cart: Cart, external_ids: Sequence[str]) -> int:
    """Update the state of the members linked with these customers; return how many changed."""
    if not external_ids:
        return 0
    customers = CartCustomer.objects.filter(
        cart=cart, external_id__in=list(external_ids)
    )
    links = Link.objects.current().filter(customer__in=customers.values("pk"))
    return update_cart_states(Q(pk__in=links.values("member_id")))
