"""The outcome of 一括タグ付け, 一括タグ外し and their undo, sentence by sentence."""

from django.utils.translation import gettext as _

from jobs.models import Job
from members.bulk.params import read_about


def _format_numbers(job: Job) -> dict[str, str]:
    changed = job.result.get("changed", 0)
    return {
        "tag": read_about(job),
        "n": f"{changed:,}",
        "rest": f"{job.done - changed:,}",
    }


def _describe_outcome(job: Job, done: str, rest: str) -> list[str]:
    changed = job.result.get("changed", 0)
    return [
        words % _format_numbers(job)
        for words, said in ((done, job.done), (rest, job.done > changed))
        if said
    ]


def describe_tagging(job: Job) -> list[str]:
    return _describe_outcome(
        job,
        _("タグ「%(tag)s」を会員%(n)s名に付けました。"),
        _("%(rest)s名にはすでに付いていました。"),
    )


def describe_untagging(job: Job) -> list[str]:
    return _describe_outcome(
        job,
        _("タグ「%(tag)s」を会員%(n)s名から外しました。"),
        _("%(rest)s名には付いていませんでした。"),
    )


def describe_restored_tags(job: Job) -> list[str]:
    changed = f"{job.result.get('changed', 0):,}"
    return (
        [_("会員%(n)s名にタグを付け直しました。") % {"n": changed}] if job.done else []
    )


def describe_undone_tagging(job: Job) -> list[str]:
    words = _("会員%(changed)s名からタグを外しました。") % {
        "changed": f"{job.result.get('changed', 0):,}"
    }
    return [words, *describe_cancelled_messages(job)] if job.done else []


def describe_cancelled_messages(job: Job) -> list[str]:
    """Return sentences about what became of the messages that were started, also for an import that is undone."""
    words = {
        "cancelled": _("まだ送っていないメッセージ%(cancelled)s件を取り消しました。"),
        "sent": _("%(sent)s件はすでに送信されていたため、取り消せませんでした。"),
    }
    return [
        line % {name: f"{job.result[name]:,}"}
        for name, line in words.items()
        if job.result.get(name)
    ]
