"""Bulk actions 一括受信拒否 and 一括受信拒否の解除."""

import functools
import operator
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.models import Job
from members.bulk.actions import (
    Action,
    Numbers,
    Undo,
    passed_over,
    register,
    said,
    walk,
)
from members.bulk.forms import BulkOptForm
from members.identity import optout
from members.models import Member


def keep_channels(form: BulkOptForm) -> tuple[dict[str, Any], str]:
    labels = [str(optout.Channel(channel).label) for channel in form.channels]
    return {"channels": form.channels, "about": _("・").join(labels)}, ""


def out_part(job: Job, members: QuerySet[Member]) -> Numbers:
    channels = job.params["channels"]
    # By id, because the first channel's UPDATE may move them out of the condition that found them.
    ids = list(
        members.filter(any_channel(channels))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    for channel in channels:
        optout.opt_out(Member.objects.filter(pk__in=ids), channel, at=job.created_at)
    return {"changed": len(ids)}


def in_part(job: Job, members: QuerySet[Member]) -> Numbers:
    channels = job.params["channels"]
    ids = list(
        members.filter(any_channel(channels, out=True))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    for channel in channels:
        optout.opt_in(Member.objects.filter(pk__in=ids), channel)
    return {"changed": len(ids)}


def any_channel(channels: Sequence[str], out: bool = False) -> Q:
    """Return the condition for members who get messages by at least one of the channels.

    ``out``: for those who opted out of at least one.
    """
    each = (Q((f"{channel}_optout_at__isnull", not out)) for channel in channels)
    return functools.reduce(operator.or_, each)


def out_already(members: QuerySet[Member], form: BulkOptForm) -> list[str]:
    number = members.exclude(any_channel(form.channels)).count() if form.channels else 0
    return passed_over(number, _("%(n)s名はすでに受信拒否のため、変わりません。"))


def in_already(members: QuerySet[Member], form: BulkOptForm) -> list[str]:
    number = (
        members.exclude(any_channel(form.channels, out=True)).count()
        if form.channels
        else 0
    )
    return passed_over(number, _("%(n)s名は受信拒否ではないため、変わりません。"))


def undo_out(job: Job, done: Job) -> bool:
    """Opt the next part of the members back in, and return whether it was the last.

    They are found by the moment that the job gave its opt-outs. The channels are undone one after the other within one
    part.
    """
    stamped = {
        channel: Q((f"{channel}_optout_at", done.created_at))
        for channel in done.params["channels"]
    }

    def act(members: QuerySet[Member]) -> Numbers:
        ids = list(members.values_list("pk", flat=True))
        for channel, by_the_job in stamped.items():
            optout.opt_in(Member.objects.filter(by_the_job, pk__in=ids), channel)
        return {"changed": len(ids)}

    return walk(
        job,
        Member.objects.filter(functools.reduce(operator.or_, stamped.values())),
        act,
    )


register(
    Action(
        name="opt_out",
        label=gettext_lazy("一括受信拒否"),
        submit=gettext_lazy("受信拒否にする"),
        form=BulkOptForm,
        asks=gettext_lazy("%(n)s名の会員を受信拒否にします。"),
        effect=gettext_lazy(
            "受信拒否の会員には、選んだチャネルのメッセージを送りません。予約中のメッセージも送られません。この操作は元に戻せます。"
        ),
        act=out_part,
        keep=keep_channels,
        left_out=out_already,
        lines=said(
            gettext_lazy("会員%(n)s名を受信拒否（%(about)s）にしました。"),
            gettext_lazy("%(rest)s名はすでに受信拒否でした。"),
        ),
        undo=Undo(
            undo_out, said(gettext_lazy("会員%(n)s名の受信拒否を解除しました。"), "")
        ),
    )
)
register(
    Action(
        name="opt_in",
        label=gettext_lazy("一括受信拒否の解除"),
        submit=gettext_lazy("受信拒否を解除する"),
        form=BulkOptForm,
        asks=gettext_lazy("%(n)s名の会員の受信拒否を解除します。"),
        effect=gettext_lazy(
            "会員が自分で受信を断ったときは、本人の同意を得てから解除してください。"
        ),
        act=in_part,
        keep=keep_channels,
        left_out=in_already,
        lines=said(
            gettext_lazy("会員%(n)s名の受信拒否（%(about)s）を解除しました。"),
            gettext_lazy("%(rest)s名は受信拒否ではありませんでした。"),
        ),
    )
)
