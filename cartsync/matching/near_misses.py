"""Customers who are almost the member: one digit off, two digits swapped, gmial.com, or the same by the other key."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from cartsync.models import Cart, CartCustomer
from members.models import Member
from members.normalize.emails import normalize_email, suggest_email
from members.normalize.near_keys import DIGIT, SWAPPED, generate_phone_slips
from tenants.scope import get_current_tenant_id

# Found by looking up every neighbour of the number: each lookup uses the index, whatever the size of the cart.
NEAR = """
SELECT DISTINCT ON (asked.member_id) asked.member_id, c.id, c.number, asked.kind
FROM unnest(%(members)s::bigint[], %(keys)s::text[], %(kinds)s::text[], %(ranks)s::int[])
     AS asked(member_id, key, kind, rank)
JOIN cartsync_cartcustomer c ON c.tenant_id = %(tenant)s AND c.cart_id = %(cart)s AND c.{column} = asked.key
WHERE c.state = ANY(%(linkable)s)
  AND NOT EXISTS (SELECT FROM cartsync_ignoredpair i WHERE i.tenant_id = %(tenant)s
                  AND i.member_id = asked.member_id AND i.customer_id = c.id)
ORDER BY asked.member_id, asked.rank, c.id
"""
OTHER, TYPO = "other", "typo"
RANKS = {kind: rank for rank, kind in enumerate((OTHER, TYPO, SWAPPED, DIGIT))}


@dataclass(frozen=True)
class NearMiss:
    member_id: int
    customer_id: int
    number: str
    kind: str
    match_key: str  # the cart's

    @property
    def text(self) -> str:
        texts = {
            (OTHER, "phone"): _(
                "メールアドレスが同じ顧客がいます（顧客番号%(number)s）"
            ),
            (OTHER, "email"): _("電話番号が同じ顧客がいます（顧客番号%(number)s）"),
            (TYPO, "email"): _(
                "メールアドレスのドメインだけが違う顧客がいます（顧客番号%(number)s）"
            ),
            (SWAPPED, "phone"): _(
                "電話番号の2桁が入れ替わった顧客がいます（顧客番号%(number)s）"
            ),
            (DIGIT, "phone"): _("電話番号が1桁違う顧客がいます（顧客番号%(number)s）"),
        }
        return texts[self.kind, self.match_key] % {"number": self.number}


def find_near_misses(cart: Cart, members: Iterable[Member]) -> dict[int, NearMiss]:
    """Return the nearest customer of each of these members, by member id; at most one each.

    Two queries for any number of members.
    """
    members = list(members)
    same_column = cart.key_column
    other_column = "email_key" if same_column == "phone_e164" else "phone_e164"
    others = [
        (member, getattr(member, other_column), OTHER)
        for member in members
        if getattr(member, other_column)
    ]
    close = [
        (member, key, kind)
        for member in members
        for key, kind in find_neighbour_keys(cart, member)
    ]
    slips, found = (
        _look_up_customers(cart, same_column, close),
        _look_up_customers(cart, other_column, others),
    )
    # A customer found both ways is surely this person, and the slip says more; otherwise the equal other key is nearer.
    same = {
        pk: near
        for pk, near in slips.items()
        if pk in found and found[pk].customer_id == near.customer_id
    }
    return slips | found | same


def find_neighbour_keys(cart: Cart, member: Member) -> Iterator[tuple[str, str]]:
    """Return the keys that are one slip away from the member's own, with the kind of slip."""
    if cart.match_key == Cart.MatchKey.EMAIL:
        meant = normalize_email(suggest_email(member.email) or "")
        return iter([(meant, TYPO)] if meant else [])
    return generate_phone_slips(member.phone_e164)


def _look_up_customers(
    cart: Cart, column: str, asked: Sequence[tuple[Member, str, str]]
) -> dict[int, NearMiss]:
    if not asked:
        return {}
    values: dict[str, Any] = {
        "tenant": get_current_tenant_id(),
        "cart": cart.pk,
        "linkable": [str(state) for state in CartCustomer.LINKABLE],
        "members": [member.pk for member, _key, _kind in asked],
        "keys": [key for _member, key, _kind in asked],
        "kinds": [kind for _member, _key, kind in asked],
        "ranks": [RANKS[kind] for _member, _key, kind in asked],
    }
    with connection.cursor() as cursor:
        cursor.execute(NEAR.format(column=column), values)
        rows = cursor.fetchall()
    return {
        row[0]: NearMiss(row[0], row[1], row[2], row[3], cart.match_key) for row in rows
    }
