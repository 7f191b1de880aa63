"""Deleting a tag: only when nothing uses it. Members who have it lose it."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs import runner
from jobs.models import Job
from jobs.params import read_params
from members.db import lock_links_exclusively
from members.models import MemberTag, Tag
from members.usage.tags import find_tag_usage
from operators import audit
from operators.models import Operator
from operators.roles import EDIT

KIND = "members.delete_tag"


@dataclass(frozen=True)
class TagRemovalParams:
    """``about``: the name of the tag, which will be gone."""

    tag: int
    about: str = ""


class TagInUse(Exception):
    """Something still uses the tag; members/usage/tags.py says what."""


@transaction.atomic
def delete_unused_tag(tag: Tag) -> None:
    """Delete the tag unless something uses it. Raise TagInUse."""
    lock_links_exclusively()
    if find_tag_usage([tag])[tag.pk]:
        raise TagInUse
    delete_tag(tag)


# ---------------------------------------------------------------- as a job: a million links take a while
def start_tag_deletion(tag: Tag, operator: Operator, total: int) -> Job:
    return runner.start_job(
        KIND, operator, TagRemovalParams(tag.pk, tag.name), total=max(total, 1)
    )


def run_tag_deletion_step(job: Job) -> bool:
    tag = Tag.objects.filter(pk=read_params(job, TagRemovalParams).tag).first()
    try:
        if tag:
            delete_unused_tag(tag)
    except TagInUse as error:
        raise runner.JobFailed(
            _(
                "タグが使われています。タグの画面で使用箇所を外してから、もう一度削除してください。"
            )
        ) from error
    job.done, job.result = job.total, {"deleted": int(bool(tag))}
    return True


def get_tag_deletion_title(job: Job) -> str:
    about = read_params(job, TagRemovalParams).about
    return _("タグの削除：%(tag)s") % {"tag": about} if about else _("タグの削除")


def describe_tag_deletion(job: Job) -> list[str]:
    done = job.state == Job.State.DONE
    return (
        [
            _("タグ「%(tag)s」を削除しました。")
            % {"tag": read_params(job, TagRemovalParams).about}
        ]
        if done
        else []
    )


REMOVAL = runner.Kind(
    KIND,
    get_tag_deletion_title,
    run_tag_deletion_step,
    EDIT,
    lines=describe_tag_deletion,
    params=TagRemovalParams,
    label=gettext_lazy("タグの削除"),
    stoppable=False,
)


@transaction.atomic
def delete_tag(tag: Tag) -> None:
    """Delete the tag, take it off all members, and delete the record of its taggings."""
    lock_links_exclusively()
    audit.record_action("tag.deleted", tag)
    MemberTag.objects.filter(tag=tag).delete()
    tag.delete()
