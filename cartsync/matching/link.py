"""Link a member and a customer who are one person, and end a link.

The tag of the cart comes once per link and goes when it ends.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from cartsync.events import fire_link_events
from cartsync.matching.cart_state import STRONGEST_OF, build_state_values
from cartsync.models import Cart, Link
from members.models import Member, TagBatch
from members.tags.assign import tag_members
from operators import audit
from tenants.scope import get_current_operator, get_current_tenant_id

# Both unique indexes of current links let one of two racing pollers win; only the winner's rows come back.
LINK = """
INSERT INTO cartsync_link (tenant_id, public_id, cart_id, member_id, customer_id, matched_by, linked_at,
                           linked_by_id, customer_names, member_email, member_phone, customer_email, customer_phone)
SELECT %(tenant)s, left(replace(gen_random_uuid()::text, '-', ''), 12), %(cart)s, m.id, c.id, %(matched_by)s, %(at)s,
       %(by)s, c.name_key || E'\\n' || c.kana_key, m.email_key, m.phone_e164, c.email_key, c.phone_e164
FROM unnest(%(members)s::bigint[], %(customers)s::bigint[]) AS pair(member_id, customer_id)
JOIN members_member m ON m.tenant_id = %(tenant)s AND m.id = pair.member_id
JOIN cartsync_cartcustomer c ON c.tenant_id = %(tenant)s AND c.cart_id = %(cart)s AND c.id = pair.customer_id
ORDER BY m.id
ON CONFLICT DO NOTHING
RETURNING member_id
"""
# The members are named once, on their links: named on both sides, the whole array was gone through for each of them.
MARK = f"""
UPDATE members_member m SET link_state = 'linked', cart_state = found.state
FROM {STRONGEST_OF} found
WHERE m.tenant_id = %(tenant)s AND m.id = found.member_id
"""
DIFFERS = """((l.member_email <> '' AND m.email_key <> l.member_email)
   OR (l.member_phone <> '' AND m.phone_e164 <> l.member_phone)
   OR (l.customer_email <> '' AND c.email_key <> l.customer_email)
   OR (l.customer_phone <> '' AND c.phone_e164 <> l.customer_phone))"""
# A first value is no change: it is taken over. A changed value flags the link, which stays.
FLAG = f"""
UPDATE cartsync_link l SET changed_at = CASE WHEN {DIFFERS} THEN now() END,
    member_email = coalesce(nullif(l.member_email, ''), m.email_key),
    member_phone = coalesce(nullif(l.member_phone, ''), m.phone_e164),
    customer_email = coalesce(nullif(l.customer_email, ''), c.email_key),
    customer_phone = coalesce(nullif(l.customer_phone, ''), c.phone_e164)
FROM members_member m, cartsync_cartcustomer c
WHERE l.tenant_id = %(tenant)s AND l.ended_at IS NULL AND l.changed_at IS NULL
  AND m.tenant_id = %(tenant)s AND m.id = l.member_id AND c.tenant_id = %(tenant)s AND c.id = l.customer_id
  AND ({DIFFERS} OR (l.member_email = '' AND m.email_key <> '') OR (l.member_phone = '' AND m.phone_e164 <> '')
       OR (l.customer_email = '' AND c.email_key <> '') OR (l.customer_phone = '' AND c.phone_e164 <> ''))
  {{only}}
RETURNING l.id, l.changed_at IS NOT NULL
"""


@transaction.atomic
def link_members(
    cart: Cart, pairs: Sequence[tuple[int, int]], matched_by: str
) -> list[int]:
    """Link (member id, customer id) pairs and return the ids of the members newly linked.

    A pair with a side linked already is left out.
    """
    if not pairs:
        return []
    at, operator = timezone.now(), get_current_operator()
    values: dict[str, Any] = {
        "tenant": get_current_tenant_id(),
        "cart": cart.pk,
        "matched_by": matched_by,
        "at": at,
        "by": operator.pk if operator else None,
        "members": [member for member, _customer in pairs],
        "customers": [customer for _member, customer in pairs],
    }
    with connection.cursor() as cursor:
        cursor.execute(LINK, values)
        linked = [member_id for (member_id,) in cursor.fetchall()]
        if linked:
            cursor.execute(MARK, build_state_values(linked))
    if linked:
        # Found by their links: a list of so many ids would cost more than the work.
        members = Member.objects.filter(
            Exists(Link.objects.filter(cart=cart, linked_at=at, member=OuterRef("pk")))
        )
        audit.record_action(
            "cart.linked",
            cart,
            count=len(linked),
            matched_by=matched_by,
            members=linked[:1000],
        )
        if cart.linked_tag:
            tag_members(cart.linked_tag, members, TagBatch.Source.LINK, operator)
        fire_link_events(cart, linked, at)
    return linked


@transaction.atomic
def flag_changed_links(
    *,
    cart: Cart | None = None,
    since: datetime | None = None,
    member_ids: Sequence[int] = (),
) -> int:
    """Flag links whose sides changed (連携後に変更) and return how many are new.

    Looked at are the links of ``cart`` whose customer came in since ``since``, or the links of these members.
    """
    only = "AND l.member_id = ANY(%(members)s::bigint[])"
    values: dict[str, Any] = {
        "tenant": get_current_tenant_id(),
        "members": list(member_ids),
    }
    if cart:
        only, values = (
            "AND l.cart_id = %(cart)s AND c.seen_at >= %(since)s",
            {**values, "cart": cart.pk, "since": since},
        )
    with connection.cursor() as cursor:
        cursor.execute(FLAG.format(only=only), values)
        flagged = [link_id for link_id, changed in cursor.fetchall() if changed]
    if flagged:
        audit.record_action(
            "link.changed", cart, links=flagged[:1000], count=len(flagged)
        )
    return len(flagged)
