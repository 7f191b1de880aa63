"""Tagging a million members through the bulk job, part by part, as an operator does from the list."""

import time
from collections.abc import Callable

from bench.members.filtering import MEMBERS, stage
from bench.stage import Table, owner

INSERT = """INSERT INTO members_membertag (tenant_id, tag_id, member_id, batch_id)
SELECT tenant_id, %s, id, %s FROM members_member WHERE tenant_id = %s ON CONFLICT DO NOTHING"""
BATCH = 10_000


def run(table: Table) -> None:
    from members.tags.names import get_or_create_tag
    from tenants.scope import open_tenant_scope

    tenant_id = stage()[1]
    with open_tenant_scope(tenant_id), atomic():
        tag_id = get_or_create_tag("計測").pk
    values = [
        min(timed(way, tenant_id, tag_id) for _ in range(times))
        for way, times in ((ours, 2), (plain, 1), (floor, 2))
    ]
    table.seconds(f"tag {MEMBERS:,} members", *values)


def timed(way: Callable[[int, int], None], tenant_id: int, tag_id: int) -> float:
    """Seconds of one tagging, from nobody carrying the tag."""
    with owner() as db:
        db.execute("DELETE FROM members_membertag WHERE tenant_id = %s", [tenant_id])
        db.execute("VACUUM ANALYZE members_membertag")
    started = time.perf_counter()
    way(tenant_id, tag_id)
    taken = time.perf_counter() - started
    with owner() as db:
        (tagged,) = db.execute(
            "SELECT count(*) FROM members_membertag WHERE tag_id = %s", [tag_id]
        ).fetchone()  # type: ignore[misc]
    assert tagged == MEMBERS, tagged
    return taken


def ours(tenant_id: int, tag_id: int) -> None:
    """The job that 一括タグ付け starts, by the worker's own loop."""
    from django.utils import timezone

    from jobs import runner
    from members.bulk.params import TagParams
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(tenant_id):
        selection = {
            "condition": {"all": []},
            "until": timezone.now().isoformat(),
            "count": MEMBERS,
        }
        with atomic():
            job = runner.start_job(
                "bulk.tag",
                None,
                TagParams(selection=selection, tag=tag_id, about="計測", now=False),
                MEMBERS,
            )
        while runner.run_job(job.pk):
            pass


def plain(tenant_id: int, tag_id: int) -> None:
    """As a library would: read the ids, make the rows in Python, insert them in batches."""
    from members.models import Member, MemberTag, TagBatch
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(tenant_id), atomic():
        batch = TagBatch.objects.create(tag_id=tag_id, action="add", source="operator")
        ids = list(Member.objects.values_list("pk", flat=True))
        rows = (MemberTag(tag_id=tag_id, member_id=pk, batch=batch) for pk in ids)
        MemberTag.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def floor(tenant_id: int, tag_id: int) -> None:
    with owner() as db:
        db.execute(INSERT, [tag_id, 0, tenant_id])


def atomic():  # type: ignore[no-untyped-def]
    from django.db import transaction

    return transaction.atomic()
