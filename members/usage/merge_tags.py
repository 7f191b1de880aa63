"""Merging two tags or more into one."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs import runner
from jobs.models import Job
from jobs.params import read_params
from members.db import lock_links_exclusively
from members.models import MemberTag, PastTag, Tag, TagBatch
from members.usage.tags import replace_tags
from operators import audit
from operators.models import Operator
from operators.roles import EDIT
from tenants.scope import get_current_tenant_id

KIND = "members.merge_tags"


@dataclass(frozen=True)
class TagMergeParams:
    """``tag``: the one that stays; ``tags``: those that become it."""

    tag: int
    tags: list[int]


# Of a member who has several of the old tags the earliest link stays.
MOVE = """
INSERT INTO members_membertag (tenant_id, tag_id, member_id, batch_id)
SELECT DISTINCT ON (member_id) tenant_id, %(new)s, member_id, batch_id FROM members_membertag
WHERE tenant_id = %(tenant)s AND tag_id = ANY(%(olds)s::bigint[]) ORDER BY member_id, batch_id
ON CONFLICT DO NOTHING
"""
DROP = "DELETE FROM members_membertag WHERE tenant_id = %(tenant)s AND tag_id = ANY(%(olds)s::bigint[])"


@transaction.atomic
def merge_tags(survivor: Tag, others: Collection[Tag]) -> int:
    """Replace ``others`` by ``survivor`` everywhere: on members, in the history of taggings, in every app.

    Return how many members newly have the survivor. They do not count as newly tagged: no members_tagged is sent, so no
    step message starts, and none that waits is cancelled.
    """
    lock_links_exclusively()
    olds = [tag.pk for tag in others if tag.pk != survivor.pk]
    numbers: dict[str, Any] = {
        "tenant": get_current_tenant_id(),
        "new": survivor.pk,
        "olds": olds,
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE, numbers)
        gained = cursor.rowcount
        cursor.execute(DROP, numbers)
        links = cursor.rowcount
    TagBatch.objects.filter(tag__in=olds).update(tag=survivor)
    PastTag.objects.filter(tag__in=olds).update(tag=survivor)
    replace_tags(olds, survivor)
    Tag.objects.filter(pk__in=olds).delete()
    audit.record_action("tag.merged", survivor, tags=olds, links=links, gained=gained)
    return gained


def count_tagged_members(tags: Collection[Tag]) -> int:
    """Count the members who have at least one of the tags."""
    links = MemberTag.objects.filter(tag__in=[tag.pk for tag in tags]).order_by()
    # Deleted and merged members do not count. They are few: subtracting them is cheaper than a join for every link.
    gone = links.filter(member__deleted_at__isnull=False)
    every, less = (
        rows.values("member_id").distinct().count() for rows in (links, gone)
    )
    return every - less


# ---------------------------------------------------------------- as a job: a million links take a while
def start_tag_merge(
    survivor: Tag, others: Collection[Tag], operator: Operator, total: int
) -> Job:
    params = TagMergeParams(survivor.pk, [tag.pk for tag in others])
    return runner.start_job(KIND, operator, params, total=max(total, 1))


def run_tag_merge_step(job: Job) -> bool:
    params = read_params(job, TagMergeParams)
    survivor = Tag.objects.filter(pk=params.tag).first()
    if survivor is None:
        raise runner.JobFailed(
            _(
                "残すはずのタグが削除されていました。タグの画面で選び直して、やり直してください。"
            )
        )
    others = list(Tag.objects.filter(pk__in=params.tags).exclude(pk=survivor.pk))
    gained = merge_tags(survivor, others)
    job.result, job.done = {"tags": len(others), "gained": gained}, job.total
    return True


def describe_tag_merge(job: Job) -> list[str]:
    if not job.result:
        return []
    words: dict[str, Any] = {
        "tags": job.result["tags"],
        "gained": f"{job.result['gained']:,}",
    }
    return [
        _("%(tags)s個のタグを統合しました。新しくタグが付いた会員は%(gained)s名です。")
        % words
    ]


MERGE = runner.Kind(
    KIND,
    lambda job: _("タグの統合"),
    run_tag_merge_step,
    EDIT,
    lines=describe_tag_merge,
    params=TagMergeParams,
    label=gettext_lazy("タグの統合"),
    stoppable=False,
)
