"""Which orders a list or a file shows: by number, email and phone, and by what the members are who made them.

A shop may have 10,000,000 orders. What few orders fit is looked up first, each way by its own index, so that the list
never walks all of them; what many fit is walked newest first.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from cartsync.models import CartOrder, CartOrderLine, Link
from console.filter_fields import begin_day
from members.conditions.search import build_search_q, get_search_text
from members.conditions.sql import filter_members
from members.conditions.tree import BadCondition
from members.conditions.url import decode_condition
from members.models import Member, MemberTag, Segment
from members.normalize.emails import normalize_email
from members.normalize.phones import normalize_phone
from tenants.scope import get_current_tenant_id

MOST_FOUND = 1_000  # orders that a search shows
MOST_MEMBERS = 500  # whose orders a search by name shows
# Up to so many members their orders are looked up one by one; of more, every few orders one fits.
FEW_MEMBERS = 20_000
NOBODY = Q(pk__in=[])
BY_ORDER = """
(SELECT o.id FROM cartsync_cartorder o WHERE o.tenant_id = %(tenant)s AND o.number = %(text)s LIMIT %(most)s)
UNION (SELECT o.id FROM cartsync_cartorder o
       WHERE %(email)s <> '' AND o.tenant_id = %(tenant)s AND o.email_key = %(email)s AND o.email_key <> ''
       LIMIT %(most)s)
UNION (SELECT o.id FROM cartsync_cartorder o
       WHERE %(phone)s <> '' AND o.tenant_id = %(tenant)s AND o.phone_e164 = %(phone)s AND o.phone_e164 <> ''
       LIMIT %(most)s)
UNION (SELECT o.id FROM cartsync_cart k
       JOIN cartsync_cartcustomer c ON c.tenant_id = %(tenant)s AND c.cart_id = k.id AND c.email_key = %(email)s
       JOIN cartsync_cartorder o ON o.tenant_id = %(tenant)s AND o.cart_id = c.cart_id
            AND o.customer_external_id = c.external_id
       WHERE %(email)s <> '' AND k.tenant_id = %(tenant)s LIMIT %(most)s)
UNION (SELECT o.id FROM cartsync_cart k
       JOIN cartsync_cartcustomer c ON c.tenant_id = %(tenant)s AND c.cart_id = k.id AND c.phone_e164 = %(phone)s
       JOIN cartsync_cartorder o ON o.tenant_id = %(tenant)s AND o.cart_id = c.cart_id
            AND o.customer_external_id = c.external_id
       WHERE %(phone)s <> '' AND k.tenant_id = %(tenant)s LIMIT %(most)s)
"""
OF_MEMBERS = """
SELECT o.id FROM unnest(%(members)s::bigint[]) AS asked(member_id)
JOIN cartsync_link l ON l.tenant_id = %(tenant)s AND l.member_id = asked.member_id AND l.ended_at IS NULL
JOIN cartsync_cartcustomer c ON c.tenant_id = %(tenant)s AND c.id = l.customer_id
JOIN cartsync_cartorder o ON o.tenant_id = %(tenant)s AND o.cart_id = c.cart_id
     AND o.customer_external_id = c.external_id
"""


def find_orders(text: str) -> Q:
    """Return the orders with this number, email or phone, or of a member whom the text finds."""
    text = text.strip()
    values: dict[str, Any] = {
        "tenant": get_current_tenant_id(),
        "text": text,
        "email": normalize_email(text) if "@" in text else "",
        "phone": normalize_phone(text) if any(c.isdigit() for c in text) else "",
        "most": MOST_FOUND,
    }
    with connection.cursor() as cursor:
        cursor.execute(BY_ORDER, values)
        found = [pk for (pk,) in cursor.fetchall()]
    if not found:
        members = Member.objects.filter(build_search_q(text), deleted_at=None)
        ids = list(members.values_list("pk", flat=True)[:MOST_MEMBERS])
        found = list_order_ids(ids)[:MOST_FOUND]
    return build_among(found)


def list_order_ids(member_ids: Iterable[int]) -> list[int]:
    """Return the ids of all orders that these members' linked customers made."""
    values: dict[str, Any] = {
        "tenant": get_current_tenant_id(),
        "members": list(member_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(OF_MEMBERS, values)
        return [pk for (pk,) in cursor.fetchall()]


def build_among(ids: Iterable[int]) -> Q:
    return Q(pk__among="{" + ",".join(str(pk) for pk in ids) + "}")


def build_members_q(members: QuerySet[Member]) -> Q:
    """Return the orders that linked customers of these members made."""
    few = list(
        members.order_by().values_list("pk", flat=True)[: FEW_MEMBERS + 1],
    )
    if len(few) <= FEW_MEMBERS:
        return build_among(list_order_ids(few))
    links = Link.objects.current().filter(
        cart=OuterRef("cart_id"),
        customer__external_id=OuterRef("customer_external_id"),
        member__in=members.order_by().values("pk"),
    )
    return Q(Exists(links))


def build_segment_q(public_id: str) -> Q:
    """Return the orders of the members who fit a saved condition; none where it is gone or cannot be read."""
    segment = Segment.objects.filter(public_id=public_id).first()
    return build_condition_q(segment.condition) if segment else NOBODY


def build_condition_q(condition: Any) -> Q:
    """Return the orders of the members who fit; none where what it names is gone."""
    try:
        return build_members_q(filter_members(Member.objects.all(), condition))
    except BadCondition:
        return NOBODY


def build_tag_q(public_id: str) -> Q:
    tagged = MemberTag.objects.filter(tag__public_id=public_id).values("member_id")
    return build_members_q(Member.objects.filter(deleted_at=None, pk__in=tagged))


def build_product_q(product_id: str) -> Q:
    """Return the orders with a line of this product."""
    lines = CartOrderLine.objects.filter(order=OuterRef("pk"), product=int(product_id))
    return Q(Exists(lines))


def build_query_q(query: str) -> Q:
    """Return the condition that the address of the list holds, for a job that has no request.

    The query names keys alone: what was searched for lies on the server. What is gone finds nothing.
    """
    given = dict(parse_qsl(query))
    found = Q()
    if key := given.get("s"):
        text = get_search_text(key)
        found &= find_orders(text) if text else NOBODY
    if state := given.get("state"):
        found &= Q(state=state)
    if cart := given.get("cart"):
        found &= Q(cart__public_id=cart)
    if product := given.get("product"):
        found &= build_product_q(product)
    if segment := given.get("segment"):
        found &= build_segment_q(segment)
    if condition := given.get("c"):
        try:
            found &= build_condition_q(decode_condition(condition))
        except BadCondition:
            found &= NOBODY
    if tag := given.get("tag"):
        found &= build_tag_q(tag)
    if first := given.get("ordered_from"):
        found &= Q(ordered_at__gte=begin_day(date.fromisoformat(first)))
    if last := given.get("ordered_until"):
        end = begin_day(date.fromisoformat(last) + timedelta(days=1))
        found &= Q(ordered_at__lt=end)
    return found


def select_orders() -> QuerySet[CartOrder]:
    """Return all orders with what a row of the list shows."""
    return CartOrder.objects.select_related("cart").prefetch_related("lines")
