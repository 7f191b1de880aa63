"""What is known about who a member is: the newest answer of each field, by the time it was received.

A blank field was not answered, so it erases nothing. An operator's edit and an import are answers like a form's.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from members.identity.shared_emails import refuse_shared_email
from members.models import IdentityRecord, Member
from members.normalize.emails import normalize_email
from members.normalize.names import clean_name, normalize_name
from members.normalize.phones import normalize_phone
from members.normalize.text import normalize_text
from members.signals import identity_changed
from operators import audit
from operators.models import Operator
from tenants.scope import get_current_tenant_id

NEWEST = """
LEFT JOIN LATERAL (
    SELECT {columns} FROM members_identityrecord r
    WHERE r.tenant_id = m.tenant_id AND r.member_id = m.id AND r.{field} <> ''
    ORDER BY r.received_at DESC, r.id DESC LIMIT 1) {field} ON true
"""
# The earliest answer by which the cart could be asked, and the latest answer of any kind.
KNOWN = """
LEFT JOIN LATERAL (
    SELECT r.received_at, r.source FROM members_identityrecord r
    WHERE r.tenant_id = m.tenant_id AND r.member_id = m.id AND (r.email_key <> '' OR r.phone_e164 <> '')
    ORDER BY r.received_at, r.id LIMIT 1) known ON true
LEFT JOIN LATERAL (
    SELECT max(r.received_at) AS at FROM members_identityrecord r
    WHERE r.tenant_id = m.tenant_id AND r.member_id = m.id) answered ON true
"""
APPLY_NEWEST = f"""
WITH newest AS (
    SELECT m.id, m.email_key AS old_email, m.phone_e164 AS old_phone,
           coalesce(name.name, m.name) AS name, coalesce(name.name_key, m.name_key) AS name_key,
           coalesce(email.email, m.email) AS email, coalesce(email.email_key, m.email_key) AS email_key,
           coalesce(phone.phone, m.phone) AS phone, coalesce(phone.phone_e164, m.phone_e164) AS phone_e164,
           known.received_at AS known_at, known.source AS known_by, answered.at AS answered_at
    FROM members_member m
    {NEWEST.format(field="name", columns="r.name, r.name_key")}
    {NEWEST.format(field="email", columns="r.email, r.email_key")}
    {NEWEST.format(field="phone", columns="r.phone, r.phone_e164")}
    {KNOWN}
    WHERE m.tenant_id = %(tenant)s AND m.id = ANY(%(members)s::bigint[])),
usable AS (SELECT *, email_key <> '' OR phone_e164 <> '' AS known FROM newest)
UPDATE members_member m SET
    name = u.name, name_key = u.name_key, email = u.email, email_key = u.email_key,
    phone = u.phone, phone_e164 = u.phone_e164, answered_at = coalesce(u.answered_at, m.answered_at),
    known_at = CASE WHEN u.known THEN coalesce(u.known_at, m.known_at) END,
    known_by = CASE WHEN u.known THEN coalesce(u.known_by, m.known_by) ELSE '' END,
    link_state = CASE WHEN m.link_state NOT IN ('unanswered', 'known') THEN m.link_state
                      WHEN u.known THEN 'known' ELSE 'unanswered' END
FROM usable u WHERE m.tenant_id = %(tenant)s AND m.id = u.id
RETURNING m.id, (u.old_email, u.old_phone) IS DISTINCT FROM (m.email_key, m.phone_e164), {{shown}}
"""
# What the newest answers decide of a member.
SHOWN = (
    "name", "name_key", "email", "email_key", "phone", "phone_e164",
    "answered_at", "known_at", "known_by", "link_state",
)  # fmt: skip
APPLY_NEWEST = APPLY_NEWEST.format(shown=", ".join(f"m.{name}" for name in SHOWN))
LOCK = """
SELECT id FROM members_member WHERE tenant_id = %s AND id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE
"""


def record_answer(
    member: Member,
    source: str,
    *,
    received_at: datetime,
    name: str = "",
    email: str = "",
    phone: str = "",
    origin: str = "",
    operator: Operator | None = None,
    restored_from: IdentityRecord | None = None,
    links: bool = True,
) -> IdentityRecord:
    """Store one answer and show the newest of each field on ``member``.

    ``source``: IdentityRecord.Source. ``origin``: where it was given, such as the form's title. ``links=False`` (a test
    answer) notifies nobody, so no cart is asked. Values come cleaned; what makes no usable key is stored all the same.
    Raises ValidationError where an operator gives the address of another member and the shop does not allow it.
    """
    is_checked = links and source == IdentityRecord.Source.OPERATOR
    # Nothing else is refused, so nothing else needs a savepoint.
    with transaction.atomic(savepoint=is_checked):
        # The lock of addresses comes before those of members, as in an operator's form.
        if is_checked:
            refuse_shared_email(normalize_email(email), member)
        record = IdentityRecord(
            member=member,
            source=source,
            origin=origin[:100],
            operator=operator,
            received_at=received_at,
            restored_from=restored_from,
            **build_answer_columns(name, email, phone),
        )
        store_record(record, member, links)
        return record


def store_record(record: IdentityRecord, member: Member, links: bool) -> None:
    """Store the answer of ``member``, show what is newest, and tell of it if it ``links``."""
    tenant = member.tenant
    lock_members([member.pk])
    record.save(force_insert=True)
    (_id, _changed, *shown) = show_newest_answers([member.pk])[0]
    for name, value in zip(SHOWN, shown, strict=True):
        setattr(member, name, value)
    answered = [field for field in ("name", "email", "phone") if getattr(record, field)]
    audit.record_action(
        "member.answered",
        member,
        record=record.pk,
        source=record.source,
        fields=answered,
    )
    if links:
        identity_changed.send(
            Member, tenant=tenant, member_ids=[member.pk], record_ids=[record.pk]
        )


def build_answer_columns(name: str, email: str, phone: str) -> dict[str, str]:
    """Return the columns of a record: each value as typed, and its key."""
    name, email, phone = (
        clean_name(name)[:200],
        normalize_text(email)[:254],
        normalize_text(phone)[:40],
    )
    return {
        "name": name, "name_key": normalize_name(name), "email": email, "email_key": normalize_email(email),
        "phone": phone, "phone_e164": normalize_phone(phone),
    }  # fmt: skip


def restore_answer(record: IdentityRecord, operator: Operator) -> IdentityRecord:
    """Record what an older answer said as a new answer by the operator (「この回答に戻す」); nothing is deleted."""
    return record_answer(
        record.member,
        IdentityRecord.Source.OPERATOR,
        received_at=timezone.now(),
        operator=operator,
        name=record.name,
        email=record.email,
        phone=record.phone,
        restored_from=record,
    )


def lock_members(member_ids: Iterable[int]) -> None:
    """Lock the members, so that answers of one member come one after the other.

    A statement that reads the answers must start after the lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [get_current_tenant_id(), list(member_ids)])


def apply_newest_answers(member_ids: Iterable[int]) -> list[int]:
    """Show the newest answer of each field on these members, in one statement; lock them first.

    Returns the ids of those whose email or phone to match by is another one now. What a cart decided (link_state
    linked, review) stays.
    """
    rows = show_newest_answers(member_ids)
    return [member_id for member_id, changed, *_shown in rows if changed]


def show_newest_answers(member_ids: Iterable[int]) -> list[tuple[Any, ...]]:
    """Show the newest answers, and return of each member the id, whether email or phone changed, and SHOWN."""
    values: dict[str, Any] = {
        "tenant": get_current_tenant_id(),
        "members": list(member_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(APPLY_NEWEST, values)
        return cursor.fetchall()
