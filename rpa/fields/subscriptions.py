"""Which subscriptions a member who answers a form has, as our copy of the carts knows them.

The copy only proposes: what was chosen is looked for at the cart, and must be there.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from cartsync.models import Cart, CartSubscription, Link
from console.templatetags.kit import format_moment
from members.models import Member
from rpa.search.products import LIVING

MOST = 30


@dataclass(frozen=True)
class Chosen:
    """A subscription that was chosen on a form; ``key`` stands in the answer."""

    cart: Cart
    external_id: str
    product: str
    label: str

    @property
    def key(self) -> str:
        return f"s:{self.cart.public_id}:{self.external_id}"


def list_living(member: Member) -> list[Chosen]:
    """Return the living subscriptions of the customers whom the member is linked with."""
    links = Link.objects.current().filter(member=member, cart__is_active=True)
    found: list[Chosen] = []
    for link in links.select_related("cart", "customer").order_by("cart__name", "pk"):
        rows = CartSubscription.objects.filter(
            cart=link.cart,
            customer_external_id=link.customer.external_id,
            state__in=LIVING,
        )
        found += [
            build_chosen_one(link.cart, row)
            for row in rows.order_by("next_at", "external_id")[:MOST]
        ]
    return found


def find_chosen(key: str) -> Chosen | None:
    """Return the subscription that an answer names; None for an answer that names none."""
    kind, _colon, rest = key.partition(":")
    cart, _colon, external_id = rest.partition(":")
    if kind != "s":
        return None
    rows = CartSubscription.objects.select_related("cart")
    row = rows.filter(cart__public_id=cart, external_id=external_id).first()
    return build_chosen_one(row.cart, row) if row else None


def build_chosen_one(cart: Cart, row: CartSubscription) -> Chosen:
    """Return a subscription as customers tell theirs apart: 「めぐり茶 30包（次回お届け 2026/12/08）」."""
    label = row.product or row.number
    if row.state == CartSubscription.State.SUSPENDED:
        label = _("%(product)s（休止中）") % {"product": label}
    elif row.next_at:
        day = format_moment(row.next_at, "date")
        told = {"product": label, "day": day}
        label = _("%(product)s（次回お届け %(day)s）") % told
    return Chosen(cart, row.external_id, row.product, label)
