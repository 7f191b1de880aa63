"""Bulk actions 一括更新, 一括削除 and 一括復元, and inquiries for all members of a selection."""

import datetime as dt
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.models import Job
from jobs.params import read_params
from jobs.runner import JobFailed
from members.attributes import definitions
from members.attributes.values import (
    count_members_with_value,
    parse_attribute_value,
    set_attribute_value,
)
from members.bulk.actions import (
    Action,
    ActionUndo,
    Numbers,
    build_outcome_describer,
    describe_passed_over,
    process_next_part,
)
from members.bulk.forms import BulkForm, BulkInquiryForm, BulkSetForm
from members.bulk.params import InquiryParams, SetParams
from members.identity import delete
from members.identity.inquiries.manage import make_inquiries
from members.identity.shared_emails import find_refused_returns
from members.models import Attribute, Member
from members.normalize.text import normalize_text
from operators.models import Operator


# ---------------------------------------------------------------- 一括更新
def _build_value_params(form: BulkSetForm) -> tuple[dict[str, Any], str]:
    attribute = definitions.find_stored_attribute(form.cleaned_data["attribute"])
    if attribute is None:
        raise ValueError("The form offers stored items and the system's own.")
    return {"attribute": attribute.pk, "about": attribute.label}, form.cleaned_data[
        "value"
    ]


def _describe_replaced_values(
    members: QuerySet[Member], form: BulkSetForm
) -> list[str]:
    """Return sentences about who has the value already, and who loses another one."""
    if not (attribute := form.named):
        return []
    there, typed = (
        count_members_with_value(attribute, members),
        normalize_text(str(form["value"].value() or "")),
    )
    if not typed:
        loses = bool(form["empty"].value())
        rest = form.count - there if loses else 0
        return [
            *describe_passed_over(
                there,
                _("%(n)s名のいまの値が消えます。")
                if loses
                else _("いま%(n)s名に値が入っています。"),
            ),
            *describe_passed_over(rest, _("%(n)s名は値がないため、変わりません。")),
        ]
    try:
        same = count_members_with_value(
            attribute, members, parse_attribute_value(attribute, typed)
        )
    except ValidationError:
        return []  # the form refuses it when it is sent
    return [
        *describe_passed_over(same, _("%(n)s名はすでに同じ値のため、変わりません。")),
        *describe_passed_over(
            there - same, _("%(n)s名のいまの値が、新しい値に置き換わります。")
        ),
    ]


def _set_values(job: Job, members: QuerySet[Member]) -> Numbers:
    params = read_params(job, SetParams)
    attribute = Attribute.objects.filter(pk=params.attribute).first()
    if not attribute:
        raise JobFailed(
            _(
                "会員情報項目がなくなったため、続けられません。項目を選び直して、もう一度実行してください。"
            )
        )
    try:
        return {"changed": set_attribute_value(attribute, members, job.secret)}
    except ValidationError as error:
        words = _("%(reason)s一覧で会員と項目を選び直して、もう一度実行してください。")
        raise JobFailed(words % {"reason": "".join(error.messages)}) from error


SET = Action(
    name="set",
    label=gettext_lazy("一括更新"),
    submit=gettext_lazy("更新する"),
    form=BulkSetForm,
    asks=gettext_lazy("%(n)s名の会員の情報を更新します。"),
    effect=gettext_lazy(
        "選んだ項目だけが変わります。前の値は会員ごとの変更履歴に残ります。"
    ),
    act=_set_values,
    params=SetParams,
    keep=_build_value_params,
    left_out=_describe_replaced_values,
    resumable=False,
    lines=build_outcome_describer(
        gettext_lazy("「%(about)s」を会員%(n)s名で更新しました。"),
        gettext_lazy("%(rest)s名はすでに同じ値でした。"),
    ),
)


# ---------------------------------------------------------------- 一括削除, 復元
def _delete_members(job: Job, members: QuerySet[Member]) -> Numbers:
    return {"changed": delete.delete_members_softly(members, job.created_at)}


def _restore_members(job: Job, members: QuerySet[Member]) -> Numbers:
    return {"changed": delete.restore_members(members)}


def _undo_deletion(job: Job, done: Job) -> bool:
    stamped = Member.objects.filter(deleted_at=done.created_at)
    return process_next_part(
        job, stamped, lambda members: {"changed": delete.restore_members(members)}
    )


def _describe_already_deleted(members: QuerySet[Member], form: BulkForm) -> list[str]:
    return describe_passed_over(
        members.exclude(deleted_at=None).count(),
        _("%(n)s名はすでに削除されているため、変わりません。"),
    )


def _describe_not_restored(members: QuerySet[Member], form: BulkForm) -> list[str]:
    there = members.filter(deleted_at=None).count()
    joined = members.exclude(deleted_at=None).exclude(merged_into=None).count()
    shared = len(find_refused_returns(members))
    return [
        *describe_passed_over(
            there, _("%(n)s名は削除されていないため、変わりません。")
        ),
        *describe_passed_over(
            joined, _("%(n)s名はほかの会員に統合されているため、戻りません。")
        ),
        *describe_passed_over(
            shared,
            _("%(n)s名は、同じメールアドレスの会員がいるため、戻りません。"),
        ),
    ]


DELETE = Action(
    name="delete",
    label=gettext_lazy("一括削除"),
    submit=gettext_lazy("削除"),
    form=BulkForm,
    danger=True,
    asks=gettext_lazy("%(n)s名の会員を削除します。"),
    effect=gettext_lazy(
        "削除した会員は一覧に出なくなり、メッセージの配信・カート連携・書き出しの対象から外れます。データは残り、あとで復元できます。"
    ),
    act=_delete_members,
    left_out=_describe_already_deleted,
    lines=build_outcome_describer(
        gettext_lazy("会員%(n)s名を削除しました。"),
        gettext_lazy("%(rest)s名はすでに削除されていました。"),
    ),
    undo=ActionUndo(
        _undo_deletion,
        build_outcome_describer(gettext_lazy("会員%(n)s名を復元しました。"), ""),
    ),
)
RESTORE = Action(
    name="restore",
    label=gettext_lazy("一括復元"),
    submit=gettext_lazy("復元する"),
    form=BulkForm,
    asks=gettext_lazy("%(n)s名の会員を復元します。"),
    effect=gettext_lazy("復元した会員は一覧に戻り、配信とカート連携の対象になります。"),
    act=_restore_members,
    left_out=_describe_not_restored,
    lines=build_outcome_describer(
        gettext_lazy("会員%(n)s名を復元しました。"),
        gettext_lazy("%(rest)s名は変わりませんでした。"),
    ),
)


# ---------------------------------------------------------------- お問い合わせ
def _build_inquiry_params(form: BulkInquiryForm) -> tuple[dict[str, Any], str]:
    """Return the job's params, and as its secret the text that was typed.

    The text may name somebody, so it is stored encrypted until the job has ended.
    """
    values = form.values
    assignee, due_on = values["assignee"], values["due_on"]
    params = {
        "assignee": assignee and assignee.pk,
        "mark": values["mark"],
        "due_on": due_on and due_on.isoformat(),
    }
    return params, json.dumps({"subject": values["subject"], "text": values["text"]})


def _make_inquiries(job: Job, members: QuerySet[Member]) -> Numbers:
    params = read_params(job, InquiryParams)
    due_on, assignees = params.due_on, Operator.objects.filter(pk=params.assignee or 0)
    made = make_inquiries(
        job,
        members,
        mark=params.mark,
        due_on=dt.date.fromisoformat(due_on) if due_on else None,
        assignee=assignees.first(),
        **json.loads(job.secret),
    )
    return {"changed": made}


INQUIRE = Action(
    name="inquire",
    label=gettext_lazy("お問い合わせの一括作成"),
    submit=gettext_lazy("作成する"),
    form=BulkInquiryForm,
    asks=gettext_lazy("%(n)s名の会員に、お問い合わせを1件ずつ作成します。"),
    effect=gettext_lazy(
        "会員には何も送られません。担当者の「お問い合わせ」に並びます。"
    ),
    act=_make_inquiries,
    params=InquiryParams,
    keep=_build_inquiry_params,
    resumable=False,
    lines=build_outcome_describer(
        gettext_lazy("お問い合わせを%(n)s件作成しました。"),
        "",
    ),
)
