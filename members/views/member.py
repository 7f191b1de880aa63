"""会員 › 詳細: who it is, how that is known, tags, and what apps above know."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from members import tagging
from members.answering import record_answer, restore_answer
from members.forms import AnswerForm, TagChoiceForm
from members.histories import history
from members.models import IdentityRecord, Member, TagBatch
from members.panels import panels_of, reasons_of
from tenants.access import EDIT, VIEW, ShopRequest, needs

OPERATOR = IdentityRecord.Source.OPERATOR


@needs(VIEW)
@require_safe
def member(request: ShopRequest, public_id: str) -> HttpResponse:
    return shown(request, found(public_id))


def found(public_id: str) -> Member:
    return get_object_or_404(Member.objects, public_id=public_id)


def shown(request: ShopRequest, member: Member, tag_form: TagChoiceForm | None = None) -> HttpResponse:
    answers = history(member.identity_records.select_related("operator"))
    panels = panels_of(request, member)
    context = {
        "member": member,
        "answers": answers,
        "latest": next((answer for answer in answers if answer.shown), None),
        "links": member.member_tags.select_related("tag").order_by("tag__name"),
        "reason": reasons_of([member]).get(member.pk, ""),
        "panels": [panel for panel in panels if not panel.panel.aside],
        "asides": [panel for panel in panels if panel.panel.aside],
        "tag_form": tag_form or TagChoiceForm(),
        "may_edit": request.seat.can(EDIT),
    }
    return render(request, "members/member.html", context, status=422 if tag_form else 200)


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ShopRequest, public_id: str) -> HttpResponse:
    """An operator's answer; what was answered before stays in the history."""
    member = found(public_id)
    now = {"name": member.name, "email": member.email, "phone": member.phone}
    form = AnswerForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        answered = form.answered()
        if answered:
            record_answer(
                member, OPERATOR, received_at=timezone.now(), operator=request.user,
                name=answered.get("name", ""), email=answered.get("email", ""), phone=answered.get("phone", ""),
            )  # fmt: skip
            messages.success(request, _("本人確認データを保存しました。"))
        else:
            messages.info(request, _("変更はありません。空欄にした項目は、前の回答のまま残ります。"))
        return redirect("members:detail", public_id)
    return render(request, "members/edit.html", {"form": form, "member": member}, status=422 if form.is_bound else 200)


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: ShopRequest, public_id: str) -> HttpResponse:
    """「この回答に戻す」, after asking."""
    record = get_object_or_404(IdentityRecord.objects.select_related("member"), public_id=public_id)
    member = record.member
    if request.method == "POST":
        restore_answer(record, request.user)
        messages.success(request, _("選んだ回答に戻しました。前の回答も履歴に残っています。"))
        return redirect("members:detail", member.public_id)
    answer = next(answer for answer in history(member.identity_records.all()) if answer.record.pk == record.pk)
    return render(request, "members/restore.html", {"member": member, "answer": answer})


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def add_tag(request: ShopRequest, public_id: str) -> HttpResponse:
    member = found(public_id)
    if request.method != "POST":
        return redirect("members:detail", public_id)
    form = TagChoiceForm(request.POST)
    if not form.is_valid():
        return shown(request, member, form)
    tag = form.existing or tagging.tag_named(form.cleaned_data["new_tag"])
    tagging.tag(tag, Member.objects.filter(pk=member.pk), TagBatch.Source.OPERATOR, request.user)
    messages.success(request, _("タグ「%(tag)s」を付けました。") % {"tag": tag.name})
    return redirect("members:detail", public_id)


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def remove_tag(request: ShopRequest, public_id: str) -> HttpResponse:
    member = found(public_id)
    if request.method != "POST":
        return redirect("members:detail", public_id)
    form = TagChoiceForm(request.POST, may_make=False)
    if not form.is_valid():
        return shown(request, member, form)
    tag = form.existing
    assert tag
    tagging.untag(tag, Member.objects.filter(pk=member.pk), TagBatch.Source.OPERATOR, request.user)
    messages.success(request, _("タグ「%(tag)s」を外しました。") % {"tag": tag.name})
    return redirect("members:detail", public_id)
