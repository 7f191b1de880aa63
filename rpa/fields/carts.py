"""At which cart a member's request is done."""

from cartsync.models import Cart, Link
from members.models import Member


def find_cart(member: Member | None) -> Cart | None:
    """Return the cart that the member is linked with, else the shop's first active one."""
    active = Cart.objects.active().order_by("name", "pk")
    if member:
        links = Link.objects.current().filter(member=member)
        linked = active.filter(pk__in=links.values("cart")).first()
        if linked:
            return linked
    return active.first()
