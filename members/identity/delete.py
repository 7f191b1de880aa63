"""Deleted members are hidden and can be restored; members are rarely deleted for good.

A deleted member is in no list, sending, matching or bulk change that does not name the deleted ones. All that belongs
to them stays, so that restoring gives it all back. Deleting for good waits for taggings under way, because links have
no foreign keys in the database.
"""

import datetime as dt

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from members.db import lock_links_exclusively, skip_history
from members.identity.shared_emails import (
    Rule,
    find_refused_returns,
    load_email_rule,
    lock_emails,
)
from members.models import Member, MemberTag
from members.signals import identity_changed
from operators import audit
from tenants.models import Tenant
from tenants.scope import get_current_tenant_id


@transaction.atomic
def delete_members_softly(
    members: QuerySet[Member], at: dt.datetime | None = None
) -> int:
    """Hide the members, and return how many.

    ``at``: one moment for all parts of a job, by which they are found again.
    """
    count = (
        members.filter(deleted_at=None)
        .order_by()
        .update(deleted_at=at or timezone.now())
    )
    audit.record_action("member.deleted_softly", count=count)
    return count


@transaction.atomic
def restore_members(members: QuerySet[Member], *, by_themselves: bool = False) -> int:
    """Restore deleted members, have carts matched again, and return how many.

    Members who were merged into another one stay there, and so does who would share an address where the shop does not
    let them; not so ``by_themselves``, for what customers do is always taken.
    """
    if not by_themselves and load_email_rule() != Rule.ALLOW:
        lock_emails()
    gone = (
        members.exclude(deleted_at=None)
        .filter(merged_into=None)
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    ids = list(gone.values_list("pk", flat=True))
    if not by_themselves:
        refused = set(find_refused_returns(Member.objects.filter(pk__in=ids)))
        ids = [pk for pk in ids if pk not in refused]
    Member.objects.filter(pk__in=ids).update(deleted_at=None)
    audit.record_action("member.restored", count=len(ids))
    if ids:
        tenant = Tenant.objects.get(pk=get_current_tenant_id())
        identity_changed.send(Member, tenant=tenant, member_ids=ids, record_ids=[])
    return len(ids)


# A merge stores the columns of all its members for the undo; once one of them is deleted it can never be undone.
FORGET_MERGES = """
UPDATE members_merge SET record = jsonb_build_object('members', record -> 'members')
WHERE tenant_id = %s AND EXISTS (
    SELECT FROM jsonb_array_elements(record -> 'members') joined WHERE joined::bigint = ANY(%s::bigint[]))
"""


@transaction.atomic
def delete_members(members: QuerySet[Member]) -> int:
    """Delete members for good, with all that belongs to them, and return how many."""
    lock_links_exclusively()
    # The lock stops concurrent answers: an answer refers to its member without a foreign key.
    ids = list(members.order_by("pk").select_for_update().values_list("pk", flat=True))
    with skip_history():  # their history goes with them
        with connection.cursor() as cursor:
            cursor.execute(FORGET_MERGES, [get_current_tenant_id(), ids])
        MemberTag.objects.filter(member__in=ids).delete()
        Member.objects.filter(pk__in=ids).delete()
    audit.record_action("member.deleted", count=len(ids), members=ids[:1000])
    return len(ids)
