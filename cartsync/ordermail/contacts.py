"""Buyers as members: who wrote an order mail's address is found, or becomes a contact, and later joins the friend.

A contact is a member of whom a mail alone told: no LINE, ``known_by`` 注文メール.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from members.db import skip_history
from members.merge.merge import MergeRefused, merge_members
from members.models import AnswerSource, IdentityRecord, Member
from members.normalize.emails import normalize_email
from members.normalize.names import normalize_name
from members.normalize.phones import normalize_phone
from members.signals import identity_changed
from tenants.models import Tenant
from tenants.scope import get_current_tenant_id
from tenants.wakeups import wake

WAKEUP = "cartsync.contacts"
JOINED_AT_ONCE = 200
FIND = """
SELECT k.key, count(m.id), min(m.id),
       count(m.id) FILTER (WHERE m.known_by = 'order_mail' AND m.line_user_id IS NULL),
       min(m.id) FILTER (WHERE m.known_by = 'order_mail' AND m.line_user_id IS NULL)
FROM unnest(%(keys)s::text[]) AS k(key)
JOIN members_member m ON m.tenant_id = %(tenant)s AND m.email_key = k.key AND m.email_key <> ''
     AND m.deleted_at IS NULL
GROUP BY k.key
"""
# A contact and the one other member of the same address. A merge that a person undid is not done again by itself.
PAIRS = """
WITH undone AS (
    SELECT jsonb_array_elements(g.record->'members')::bigint AS id FROM members_merge g
    WHERE g.tenant_id = %(tenant)s AND g.undone_at IS NOT NULL)
SELECT c.id, min(m.id) FROM members_member c
JOIN members_member m ON m.tenant_id = %(tenant)s AND m.email_key = c.email_key AND m.email_key <> ''
     AND m.deleted_at IS NULL AND m.id <> c.id
WHERE c.tenant_id = %(tenant)s AND c.known_by = 'order_mail' AND c.line_user_id IS NULL AND c.deleted_at IS NULL
  AND c.email_key <> '' AND c.id > %(after)s AND c.id NOT IN (SELECT id FROM undone)
GROUP BY c.id HAVING count(*) = 1 ORDER BY c.id LIMIT %(most)s
"""
# Whether a contact has the address of one of these members, who are none themselves.
NAMESAKES = """
SELECT EXISTS (
    SELECT FROM members_member m JOIN members_member c ON c.tenant_id = %(tenant)s AND c.email_key = m.email_key
    WHERE m.tenant_id = %(tenant)s AND m.id = ANY(%(members)s::bigint[]) AND m.email_key <> '' AND c.email_key <> ''
      AND NOT (m.known_by = 'order_mail' AND m.line_user_id IS NULL)
      AND c.known_by = 'order_mail' AND c.line_user_id IS NULL AND c.deleted_at IS NULL)
"""


@dataclass(frozen=True)
class Buyer:
    """Who ordered, as the mail says; ``email`` can be written to."""

    email: str
    name: str
    phone: str
    at: datetime
    origin: str = ""

    @property
    def key(self) -> str:
        return normalize_email(self.email)


def find_or_add_buyers(tenant: Tenant, buyers: Sequence[Buyer]) -> dict[str, int]:
    """Return address key → member id, adding a contact for who is nobody yet.

    Where several members have the address nobody can tell who of them ordered: the address itself is the buyer, as a
    contact of its own. The caller holds the shop's lock of order mails, so that one address becomes one contact.
    """
    first: dict[str, Buyer] = {}
    for buyer in buyers:
        first.setdefault(buyer.key, buyer)
    found = find_members_by_address(list(first))
    missing = [buyer for key, buyer in first.items() if key not in found]
    return found | add_contacts(tenant, missing)


def find_members_by_address(keys: Sequence[str]) -> dict[str, int]:
    """Return key → the one member of this address, else the one contact among several."""
    with connection.cursor() as cursor:
        cursor.execute(FIND, {"tenant": get_current_tenant_id(), "keys": list(keys)})
        rows = cursor.fetchall()
    return {
        key: member_id if count == 1 else contact_id
        for key, count, member_id, contacts, contact_id in rows
        if count == 1 or contacts
    }


def add_contacts(tenant: Tenant, buyers: Sequence[Buyer]) -> dict[str, int]:
    """Add a contact for each buyer, known by the mail; return address key → member id."""
    if not buyers:
        return {}
    with skip_history():
        members = Member.objects.bulk_create(build_contact(buyer) for buyer in buyers)
        records = IdentityRecord.objects.bulk_create(
            build_record(member, buyer)
            for member, buyer in zip(members, buyers, strict=True)
        )
    identity_changed.send(
        Member,
        tenant=tenant,
        member_ids=[member.pk for member in members],
        record_ids=[record.pk for record in records],
    )
    return {member.email_key: member.pk for member in members}


def build_columns(buyer: Buyer) -> dict[str, Any]:
    return {
        "name": buyer.name,
        "name_key": normalize_name(buyer.name),
        "email": buyer.email,
        "email_key": buyer.key,
        "phone": buyer.phone,
        "phone_e164": normalize_phone(buyer.phone),
    }


def build_contact(buyer: Buyer) -> Member:
    return Member(
        **build_columns(buyer),
        known_at=buyer.at,
        known_by=AnswerSource.ORDER_MAIL,
        answered_at=buyer.at,
        link_state=Member.LinkState.KNOWN,
    )


def build_record(member: Member, buyer: Buyer) -> IdentityRecord:
    return IdentityRecord(
        member=member,
        source=AnswerSource.ORDER_MAIL,
        origin=buyer.origin[:100],
        received_at=buyer.at,
        **build_columns(buyer),
    )


# ---------------------------------------------------------------- joining
def look_for_contacts(
    sender: object, tenant: Tenant, member_ids: Sequence[int], **kwargs: Any
) -> None:
    """Have contacts joined to these members where one has the address of one of them."""
    values: dict[str, Any] = {"tenant": tenant.pk, "members": list(member_ids)}
    with connection.cursor() as cursor:
        cursor.execute(NAMESAKES, values)
        (found,) = cursor.fetchone()
    if found:
        wake(tenant, WAKEUP)


def merge_contacts(tenant: Tenant) -> int:
    """Merge each contact into the one member who gave the same address; return how many were merged.

    It is an ordinary merge, which an operator can undo. Who cannot be merged stays apart.
    """
    joined, after = 0, 0
    while pairs := find_contact_pairs(after):
        joined += sum(merge_contact(contact, member) for contact, member in pairs)
        after = pairs[-1][0]
    return joined


@transaction.atomic
def find_contact_pairs(after: int) -> list[tuple[int, int]]:
    """Return the next (contact, member) who have one address, by the contact's id."""
    values = {"tenant": get_current_tenant_id(), "after": after, "most": JOINED_AT_ONCE}
    with connection.cursor() as cursor:
        cursor.execute(PAIRS, values)
        return cursor.fetchall()


@transaction.atomic
def merge_contact(contact_id: int, member_id: int) -> bool:
    members = Member.objects.filter(deleted_at=None).in_bulk([contact_id, member_id])
    contact, member = members.get(contact_id), members.get(member_id)
    if not contact or not member or contact.email_key != member.email_key:
        return False
    try:
        merge_members(member, [contact], {}, None)
    except MergeRefused:
        return False
    return True
