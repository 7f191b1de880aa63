"""Bulk actions 一括タグ付け and 一括タグ外し, and their undo."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.models import Job
from jobs.params import read_params
from jobs.runner import JobFailed
from members.bulk.actions import (
    Action,
    ActionUndo,
    Numbers,
    add_result_numbers,
    process_next_part,
)
from members.bulk.forms import BulkTagForm, BulkUntagForm
from members.bulk.params import TagParams
from members.bulk.tag_outcome import (
    describe_restored_tags,
    describe_tagging,
    describe_undone_tagging,
    describe_untagging,
)
from members.extension import extensions
from members.models import Member, MemberTag, PastTag, Tag, TagBatch
from members.tags import assign
from members.tags.names import get_or_create_tag
from members.usage.tags import find_tag_usage

OPERATOR = TagBatch.Source.OPERATOR
MOST_USAGE = 5


@dataclass(frozen=True)
class UndoCounter:
    """What taggings started in an app above, such as step messages.

    ``count(batch ids)`` returns (how many wait, how many have gone out); ``cancel(batch ids)`` stops those that wait
    and returns how many they were.
    """

    count: Callable[[Sequence[int]], tuple[int, int]]
    cancel: Callable[[Sequence[int]], int]


def list_counters() -> list[UndoCounter]:
    """Return those of every app."""
    return [counter for each in extensions.values() for counter in each.undo_counters]


def _get_job_tag(job: Job) -> Tag:
    tag = (
        Tag.objects.select_related("tenant")
        .filter(pk=read_params(job, TagParams).tag)
        .first()
    )
    if not tag:
        raise JobFailed(
            _(
                "タグが削除されたため、続けられません。ほかのタグで、もう一度実行してください。"
            )
        )
    return tag


def _build_tag_params(form: BulkTagForm | BulkUntagForm) -> tuple[dict[str, Any], str]:
    tag = form.existing or get_or_create_tag(form.cleaned_data["new_tag"])
    return {
        "tag": tag.pk,
        "about": tag.name,
        "now": bool(form.cleaned_data.get("now")),
    }, ""


def _tag_members(job: Job, members: QuerySet[Member]) -> Numbers:
    return {
        "changed": assign.tag_members(
            _get_job_tag(job),
            members,
            OPERATOR,
            job.operator,
            job,
            read_params(job, TagParams).now,
        ).count
    }


def _untag_members(job: Job, members: QuerySet[Member]) -> Numbers:
    return {
        "changed": assign.untag_members(
            _get_job_tag(job), members, OPERATOR, job.operator, job
        ).count
    }


def _count_tagged_members(
    members: QuerySet[Member], form: BulkTagForm | BulkUntagForm
) -> int | None:
    """Return how many of the members have the chosen tag, None while none is chosen."""
    tag = form.meant
    return (
        MemberTag.objects.filter(
            tag=tag, member__in=members.order_by().values("pk")
        ).count()
        if tag
        else None
    )


def _describe_already_tagged(members: QuerySet[Member], form: BulkTagForm) -> list[str]:
    number = _count_tagged_members(members, form)
    typed = form.meant and not form["tag"].value()
    lines = (
        [
            _("タグ「%(tag)s」はすでにあるため、そのタグを付けます。")
            % {"tag": form.meant}
        ]
        if typed
        else []
    )
    lines += (
        [_("%(n)s名にはすでに付いているため、変わりません。") % {"n": f"{number:,}"}]
        if number
        else []
    )
    return lines + _describe_tag_usage(form)


def _describe_tag_usage(form: BulkTagForm) -> list[str]:
    """Return sentences about what the chosen tag starts or decides, so that nobody starts it unawares."""
    tag = form.meant
    uses = find_tag_usage([tag]).get(tag.pk, []) if tag else []
    return [
        _("%(kind)s：「%(name)s」") % {"kind": use.kind, "name": use.name}
        for use in uses[:MOST_USAGE]
    ]


def _describe_not_tagged(members: QuerySet[Member], form: BulkUntagForm) -> list[str]:
    number = _count_tagged_members(members, form)
    rest = form.count - number if number is not None else 0
    return (
        [_("%(n)s名には付いていないため、変わりません。") % {"n": f"{rest:,}"}]
        if rest
        else []
    )


# ---------------------------------------------------------------- undo
def _select_batches(job: Job) -> QuerySet[TagBatch]:
    return TagBatch.objects.filter(job=job, count__gt=0).order_by("pk")


def _undo_next_batch(job: Job, done: Job) -> bool:
    """Undo one batch of a tagging job, and return whether none is left.

    The tag comes off the members to whom it was new; what that started and has not gone out is cancelled.
    """
    batch = (
        _select_batches(done)
        .filter(action=TagBatch.Action.ADD, pk__gt=job.cursor)
        .select_related("tag__tenant")
        .first()
    )
    if not batch:
        job.total = job.done
        return True
    taken = assign.undo_tagging(batch, job.operator).count
    counters = list_counters()
    stopped = sum(counter.cancel([batch.pk]) for counter in counters)
    sent = sum(counter.count([batch.pk])[1] for counter in counters)
    add_result_numbers(job, {"changed": taken, "cancelled": stopped, "sent": sent})
    job.cursor, job.done = batch.pk, job.done + batch.count
    return False


def _restore_next_part(job: Job, done: Job) -> bool:
    """Give the next part of the members back the tag that the job removed, and return whether it was the last.

    The tag comes back as it was; that starts nothing.
    """
    ids = list(
        _select_batches(done)
        .filter(action=TagBatch.Action.REMOVE)
        .values_list("pk", flat=True)
    )
    tag = _get_job_tag(done)
    lost = PastTag.objects.filter(member_id=OuterRef("pk"), tag=tag, ended_by__in=ids)

    def act(members: QuerySet[Member]) -> Numbers:
        return {
            "changed": assign.restore_tags(
                tag, list(members.values_list("pk", flat=True)), ids
            )
        }

    return process_next_part(job, Member.objects.filter(Exists(lost)), act)


def describe_messages_to_cancel(batch_ids: Sequence[int]) -> str:
    """Return a text about what the undo of these batches does to the messages that they started."""
    counters = list_counters() if batch_ids else []
    counts = [counter.count(batch_ids) for counter in counters]
    waiting, sent = (
        (sum(part) for part in zip(*counts, strict=True)) if counts else (0, 0)
    )
    words = {
        _(
            "これで始まったステップメッセージのうち、まだ送っていない%(n)s件を取り消します。"
        ): waiting,
        _("すでに送信された%(n)s件は取り消せません。"): sent,
    }
    return "".join(
        line % {"n": f"{number:,}"} for line, number in words.items() if number
    )


def _describe_tag_undo(job: Job) -> str:
    ids = list(_select_batches(job).values_list("pk", flat=True))
    newly = _select_batches(job).aggregate(n=Sum("count"))["n"] or 0
    words = _(
        "この処理で新しくタグが付いた会員%(n)s名から、タグを外します。そのあとで外れて付け直された会員は変わりません。"
    )
    return words % {"n": f"{newly:,}"} + describe_messages_to_cancel(ids)


TAG = Action(
    name="tag",
    label=gettext_lazy("一括タグ付け"),
    submit=gettext_lazy("タグを付ける"),
    form=BulkTagForm,
    asks=gettext_lazy("%(n)s名の会員にタグを付けます。"),
    effect=gettext_lazy(
        "このタグをトリガーとするステップメッセージが動いているときは、新しくタグが付いた会員に送られます。この操作は元に戻せます。"
    ),
    act=_tag_members,
    lines=describe_tagging,
    params=TagParams,
    keep=_build_tag_params,
    left_out=_describe_already_tagged,
    undo=ActionUndo(_undo_next_batch, describe_undone_tagging, _describe_tag_undo),
)
UNTAG = Action(
    name="untag",
    label=gettext_lazy("一括タグ外し"),
    submit=gettext_lazy("タグを外す"),
    form=BulkUntagForm,
    asks=gettext_lazy("%(n)s名の会員からタグを外します。"),
    effect=gettext_lazy(
        "タグが付いていない会員には何も起きません。この操作は元に戻せます。"
    ),
    act=_untag_members,
    lines=describe_untagging,
    params=TagParams,
    keep=_build_tag_params,
    left_out=_describe_not_tagged,
    undo=ActionUndo(
        _restore_next_part,
        describe_restored_tags,
        lambda job: _(
            "外したタグを付け直します。これでステップメッセージが始まることはありません。"
        ),
    ),
)
