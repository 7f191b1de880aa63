"""Bulk actions 一括受信拒否 and 一括受信拒否の解除."""

import functools
import operator
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.models import Job
from jobs.params import read_params
from members.bulk.actions import (
    Action,
    ActionUndo,
    Numbers,
    build_outcome_describer,
    describe_passed_over,
    process_next_part,
)
from members.bulk.forms import BulkOptForm
from members.bulk.params import ChannelParams
from members.identity import optout
from members.models import Member


def _build_channel_params(form: BulkOptForm) -> tuple[dict[str, Any], str]:
    labels = [str(optout.Channel(channel).label) for channel in form.channels]
    return {"channels": form.channels, "about": _("・").join(labels)}, ""


def _opt_out_members(job: Job, members: QuerySet[Member]) -> Numbers:
    channels = read_params(job, ChannelParams).channels
    # By id, because the first channel's UPDATE may move them out of the condition that found them.
    ids = list(
        members.filter(_build_channel_q(channels))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    for channel in channels:
        optout.opt_out(Member.objects.filter(pk__in=ids), channel, at=job.created_at)
    return {"changed": len(ids)}


def _opt_in_members(job: Job, members: QuerySet[Member]) -> Numbers:
    channels = read_params(job, ChannelParams).channels
    ids = list(
        members.filter(_build_channel_q(channels, out=True))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    for channel in channels:
        optout.opt_in(Member.objects.filter(pk__in=ids), channel)
    return {"changed": len(ids)}


def _build_channel_q(channels: Sequence[str], out: bool = False) -> Q:
    """Return the condition for members who get messages by at least one of the channels.

    ``out``: for those who opted out of at least one.
    """
    each = (Q((f"{channel}_optout_at__isnull", not out)) for channel in channels)
    return functools.reduce(operator.or_, each)


def _describe_already_out(members: QuerySet[Member], form: BulkOptForm) -> list[str]:
    number = (
        members.exclude(_build_channel_q(form.channels)).count() if form.channels else 0
    )
    return describe_passed_over(
        number, _("%(n)s名はすでに受信拒否のため、変わりません。")
    )


def _describe_already_in(members: QuerySet[Member], form: BulkOptForm) -> list[str]:
    number = (
        members.exclude(_build_channel_q(form.channels, out=True)).count()
        if form.channels
        else 0
    )
    return describe_passed_over(
        number, _("%(n)s名は受信拒否ではないため、変わりません。")
    )


def _undo_optout(job: Job, done: Job) -> bool:
    """Opt the next part of the members back in, and return whether it was the last.

    They are found by the moment that the job gave its opt-outs. The channels are undone one after the other within one
    part.
    """
    stamped = {
        channel: Q((f"{channel}_optout_at", done.created_at))
        for channel in read_params(done, ChannelParams).channels
    }

    def act(members: QuerySet[Member]) -> Numbers:
        ids = list(members.values_list("pk", flat=True))
        for channel, by_the_job in stamped.items():
            optout.opt_in(Member.objects.filter(by_the_job, pk__in=ids), channel)
        return {"changed": len(ids)}

    return process_next_part(
        job,
        Member.objects.filter(functools.reduce(operator.or_, stamped.values())),
        act,
    )


OPT_OUT = Action(
    name="opt_out",
    label=gettext_lazy("一括受信拒否"),
    submit=gettext_lazy("受信拒否にする"),
    form=BulkOptForm,
    asks=gettext_lazy("%(n)s名の会員を受信拒否にします。"),
    effect=gettext_lazy(
        "受信拒否の会員には、選んだチャネルのメッセージを送りません。予約中のメッセージも送られません。この操作は元に戻せます。"
    ),
    act=_opt_out_members,
    params=ChannelParams,
    keep=_build_channel_params,
    left_out=_describe_already_out,
    lines=build_outcome_describer(
        gettext_lazy("会員%(n)s名を受信拒否（%(about)s）にしました。"),
        gettext_lazy("%(rest)s名はすでに受信拒否でした。"),
    ),
    undo=ActionUndo(
        _undo_optout,
        build_outcome_describer(
            gettext_lazy("会員%(n)s名の受信拒否を解除しました。"), ""
        ),
    ),
)
OPT_IN = Action(
    name="opt_in",
    label=gettext_lazy("一括受信拒否の解除"),
    submit=gettext_lazy("受信拒否を解除する"),
    form=BulkOptForm,
    asks=gettext_lazy("%(n)s名の会員の受信拒否を解除します。"),
    effect=gettext_lazy(
        "会員が自分で受信を断ったときは、本人の同意を得てから解除してください。"
    ),
    act=_opt_in_members,
    params=ChannelParams,
    keep=_build_channel_params,
    left_out=_describe_already_in,
    lines=build_outcome_describer(
        gettext_lazy("会員%(n)s名の受信拒否（%(about)s）を解除しました。"),
        gettext_lazy("%(rest)s名は受信拒否ではありませんでした。"),
    ),
)
