"""Customers who are almost the member: one digit off, two digits swapped, gmial.com, or the same by the other key."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from cartsync.models import Cart, CartCustomer
from members.db import set_based
from members.models import Member
from members.normalize.emails import normalize_email, suggest_email
from members.normalize.near_keys import DIGIT, JAPAN, SWAPPED
from tenants.scope import get_current_tenant_id

# Each key is looked up by the index, whatever the size of the cart.
NEAR = """
SELECT DISTINCT ON (asked.member_id) asked.member_id, c.id, c.number, %(rank)s
FROM unnest(%(members)s::bigint[], %(keys)s::text[]) AS asked(member_id, key)
JOIN cartsync_cartcustomer c ON c.tenant_id = %(tenant)s AND c.cart_id = %(cart)s AND c.{column} = asked.key
WHERE c.state = ANY(%(linkable)s)
  AND NOT EXISTS (SELECT FROM cartsync_ignoredpair i WHERE i.tenant_id = %(tenant)s
                  AND i.member_id = asked.member_id AND i.customer_id = c.id)
ORDER BY asked.member_id, c.id
"""
# The numbers one slip away, as members.normalize.near_keys makes them, are made where they are looked up: brought there
# by hundreds they cost six times as much. As one array they are one walk through the index.
SLIPS = """
WITH asked (member_id, key) AS MATERIALIZED (SELECT * FROM unnest(%(members)s::bigint[], %(keys)s::text[])),
slips (member_id, key, rank) AS MATERIALIZED (
    SELECT a.member_id, overlay(a.key PLACING reverse(substr(a.key, at, 2)) FROM at FOR 2), %(swapped)s
    FROM asked a CROSS JOIN generate_series(%(first)s, 20) AS at
    WHERE at < length(a.key) AND substr(a.key, at, 1) <> substr(a.key, at + 1, 1)
    UNION ALL
    SELECT a.member_id, overlay(a.key PLACING wrong FROM at FOR 1), %(digit)s
    FROM asked a CROSS JOIN generate_series(%(first)s, 20) AS at
    CROSS JOIN unnest('{{0,1,2,3,4,5,6,7,8,9}}'::text[]) AS wrong
    WHERE at <= length(a.key) AND substr(a.key, at, 1) <> wrong),
found AS MATERIALIZED (
    SELECT c.id, c.number, c.{column} AS key FROM cartsync_cartcustomer c
    WHERE c.tenant_id = %(tenant)s AND c.cart_id = %(cart)s AND c.{column} = ANY(ARRAY(SELECT key FROM slips))
      AND c.state = ANY(%(linkable)s))
SELECT DISTINCT ON (s.member_id) s.member_id, f.id, f.number, s.rank
FROM slips s JOIN found f ON f.key = s.key
WHERE NOT EXISTS (SELECT FROM cartsync_ignoredpair i WHERE i.tenant_id = %(tenant)s
                  AND i.member_id = s.member_id AND i.customer_id = f.id)
ORDER BY s.member_id, s.rank, f.id
"""
OTHER, TYPO = "other", "typo"
RANKS = {kind: rank for rank, kind in enumerate((OTHER, TYPO, SWAPPED, DIGIT))}
KINDS = {rank: kind for kind, rank in RANKS.items()}
MANY = 200  # members of one look-up


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

    A few queries for any number of members.
    """
    members = list(members)
    other_column = "email_key" if cart.key_column == "phone_e164" else "phone_e164"
    found = _look_up_customers(
        cart,
        other_column,
        OTHER,
        [(member.pk, getattr(member, other_column)) for member in members],
    )
    slips = (
        _find_mistyped_emails(cart, members)
        if cart.match_key == Cart.MatchKey.EMAIL
        else _find_phone_slips(cart, members)
    )
    # A customer found both ways is surely this person, and the slip says more; otherwise the equal other key is nearer.
    same = {
        pk: near
        for pk, near in slips.items()
        if pk in found and found[pk].customer_id == near.customer_id
    }
    return slips | found | same


def find_slip(member: Member) -> str:
    """Return which of the member's keys is one slip away from that of a customer: "phone", "email", or ""."""
    for cart in Cart.objects.active().order_by("pk"):
        near = find_near_misses(cart, [member]).get(member.pk)
        if near and near.kind != OTHER:
            return near.match_key
    return ""


def _find_mistyped_emails(cart: Cart, members: Sequence[Member]) -> dict[int, NearMiss]:
    meant = [
        (member.pk, normalize_email(suggest_email(member.email) or ""))
        for member in members
    ]
    return _look_up_customers(cart, cart.key_column, TYPO, meant)


def _find_phone_slips(cart: Cart, members: Sequence[Member]) -> dict[int, NearMiss]:
    asked = [
        (member.pk, member.phone_e164)
        for member in members
        if member.phone_e164.startswith(JAPAN)
    ]
    # The planner expects next to nobody to be found, and would look for each of them among all the slips: for a page
    # of members that is nothing, for a batch it is.
    with set_based(len(asked) >= MANY):
        return _run_look_up(
            SLIPS,
            cart,
            cart.key_column,
            asked,
            swapped=RANKS[SWAPPED],
            digit=RANKS[DIGIT],
            first=len(JAPAN) + 1,
        )


def _look_up_customers(
    cart: Cart, column: str, kind: str, asked: Iterable[tuple[int, str]]
) -> dict[int, NearMiss]:
    """Return the customer who has the key beside each member's id, by member id; a blank key is nobody's."""
    named = [(member_id, key) for member_id, key in asked if key]
    return _run_look_up(NEAR, cart, column, named, rank=RANKS[kind])


def _run_look_up(
    sql: str, cart: Cart, column: str, asked: Sequence[tuple[int, str]], **more: int
) -> dict[int, NearMiss]:
    if not asked:
        return {}
    values: dict[str, Any] = {
        "tenant": get_current_tenant_id(),
        "cart": cart.pk,
        "linkable": [str(state) for state in CartCustomer.LINKABLE],
        "members": [member_id for member_id, _key in asked],
        "keys": [key for _member_id, key in asked],
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.format(column=column), values)
        rows = cursor.fetchall()
    return {
        member_id: NearMiss(member_id, customer_id, number, KINDS[rank], cart.match_key)
        for member_id, customer_id, number, rank in rows
    }
