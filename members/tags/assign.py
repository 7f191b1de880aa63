"""Tags put on and taken off any number of members, each time in one statement, one batch and one signal.

MemberTag has no foreign keys in the database. Tagging holds a shared lock of the shop until its transaction ends. The
hard delete of a member or a tag holds the same lock exclusively (members/identity/delete.py), so that no link is left
that points at nothing.
"""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet, Value

from jobs.models import Job
from members.db import lock_links_shared
from members.models import Member, MemberTag, Tag, TagBatch
from members.signals import members_tagged
from operators import audit
from operators.models import Operator
from tenants.scope import get_current_tenant_id

INSERT = "INSERT INTO members_membertag (tenant_id, tag_id, member_id, batch_id) {} ON CONFLICT DO NOTHING"

DELETE = """
WITH gone AS (
    DELETE FROM members_membertag WHERE (tenant_id, tag_id, member_id) IN ({})
    RETURNING tenant_id, tag_id, member_id, batch_id)
INSERT INTO members_pasttag (tenant_id, tag_id, member_id, batch_id, ended_by_id)
SELECT tenant_id, tag_id, member_id, batch_id, %s FROM gone RETURNING member_id
"""
RESTORE = """
WITH lost AS (
    SELECT tenant_id, tag_id, member_id, batch_id FROM members_pasttag
    WHERE tenant_id = %(tenant)s AND member_id = ANY(%(members)s::bigint[]) AND tag_id = %(tag)s
      AND ended_by_id = ANY(%(batches)s::bigint[])),
back AS (
    INSERT INTO members_membertag (tenant_id, tag_id, member_id, batch_id) SELECT * FROM lost
    ON CONFLICT DO NOTHING RETURNING member_id)
DELETE FROM members_pasttag
WHERE tenant_id = %(tenant)s AND member_id IN (SELECT member_id FROM back) AND tag_id = %(tag)s
  AND ended_by_id = ANY(%(batches)s::bigint[])
"""


@transaction.atomic(savepoint=False)
def tag_members(
    tag: Tag,
    members: QuerySet[Member],
    source: str,
    operator: Operator | None = None,
    job: Job | None = None,
    now: bool = True,
) -> TagBatch:
    """Put ``tag`` on ``members``. The batch counts, and its member_tags are, those who did not have it before.

    ``source``: TagBatch.Source; ``job``: the bulk job that this is a part of. When nobody is newly tagged there is no
    signal, and the count of the batch stays 0.
    """
    lock_links_shared()
    batch = TagBatch.objects.create(
        tag=tag, action=TagBatch.Action.ADD, source=source, operator=operator, job=job
    )
    if count := _insert_links(batch, members):
        batch.count = count
        batch.save(update_fields=["count"])
    audit.record_action(
        "member.tagged", tag, batch=batch.pk, count=batch.count, source=source
    )
    if batch.count:
        members_tagged.send(Tag, tenant=tag.tenant, tag=tag, batch=batch, now=now)
    return batch


@transaction.atomic
def untag_members(
    tag: Tag,
    members: QuerySet[Member],
    source: str,
    operator: Operator | None = None,
    job: Job | None = None,
) -> TagBatch:
    """Take ``tag`` off ``members``; the batch counts those who had it."""
    lock_links_shared()
    return _remove_links(
        tag,
        MemberTag.objects.filter(tag=tag, member__in=_select_ids(members)),
        source,
        operator,
        job=job,
    )


@transaction.atomic
def undo_tagging(batch: TagBatch, operator: Operator | None = None) -> TagBatch:
    """Take the tag off those whom ``batch`` newly tagged, unless they lost it and got it again since."""
    if batch.action != TagBatch.Action.ADD:
        raise ValueError("Only a tagging can be undone.")
    lock_links_shared()
    return _remove_links(
        batch.tag,
        MemberTag.objects.filter(batch=batch),
        TagBatch.Source.OPERATOR,
        operator,
        undone=batch.pk,
    )


@transaction.atomic
def restore_tags(tag: Tag, member_ids: Sequence[int], batch_ids: Sequence[int]) -> int:
    """Restore the tag to those of ``member_ids`` who lost it by ``batch_ids``. Return how many.

    It is as if they had never lost it: nobody counts as newly tagged, so there is no signal. Members who got the tag
    again since stay as they are.
    """
    lock_links_shared()
    values: dict[str, Any] = {
        "tenant": get_current_tenant_id(),
        "tag": tag.pk,
        "members": list(member_ids),
        "batches": list(batch_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(RESTORE, values)
        count = cursor.rowcount
    audit.record_action(
        "member.tags_put_back", tag, batches=list(batch_ids), count=count
    )
    return count


def _remove_links(
    tag: Tag,
    links: QuerySet[MemberTag],
    source: str,
    operator: Operator | None,
    undone: int | None = None,
    job: Job | None = None,
) -> TagBatch:
    batch = TagBatch.objects.create(
        tag=tag,
        action=TagBatch.Action.REMOVE,
        source=source,
        operator=operator,
        job=job,
    )
    member_ids = _delete_links(links, batch)
    batch.count = len(member_ids)
    batch.save(update_fields=["count"])
    audit.record_action(
        "member.untagged",
        tag,
        batch=batch.pk,
        count=batch.count,
        source=source,
        undone=undone,
    )
    return batch


# ---------------------------------------------------------------- statements
def _insert_links(batch: TagBatch, members: QuerySet[Member]) -> int:
    chosen = members.order_by().values_list(
        "tenant_id", Value(batch.tag_id), "pk", Value(batch.pk)
    )
    try:
        sql, params = chosen.query.get_compiler("default").as_sql()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(sql), params)
        return cursor.rowcount


def _delete_links(links: QuerySet[MemberTag], batch: TagBatch) -> list[int]:
    """Delete the links in one statement, which also records them as PastTag. Return the ids of their members."""
    chosen = links.order_by().values_list("tenant_id", "tag_id", "member_id")
    try:
        sql, params = chosen.query.get_compiler("default").as_sql()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(DELETE.format(sql), [*params, batch.pk])
        return [member_id for (member_id,) in cursor.fetchall()]


def _select_ids(members: QuerySet[Member]) -> QuerySet[Member, int]:
    return members.order_by().values("pk")  # type: ignore[return-value]
