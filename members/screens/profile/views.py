"""会員 › 詳細: who it is, how that is known, tags, and what apps above know, tab by tab."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from members.attributes.definitions import archived_keys, hidden_from_detail
from members.identity import delete as deleting
from members.identity.answer_history import history
from members.identity.answers import restore_answer
from members.identity.edit import edit_member
from members.identity.friendship import survivor_of
from members.models import IdentityRecord, Member, MemberChange, TagBatch
from members.normalize.birthdays import Birthday
from members.screens.profile.forms import MemberForm
from members.screens.profile.registry import (
    BASIC,
    EVERYTHING,
    TABS,
    next_step_of,
    panels_of,
    reasons_of,
    tabs_of,
)
from members.tags import assign
from members.tags.choice import TagChoiceForm
from operators.rights import ShopRequest, needs
from operators.roles import EDIT, VIEW


@needs(VIEW)
@require_safe
def member(request: ShopRequest, public_id: str) -> HttpResponse:
    member = found(public_id)
    if member.merged_into_id:
        messages.info(
            request,
            _("この会員は「%(name)s」に統合されています。")
            % {"name": survivor_of(member)},
        )
        return redirect("members:detail", survivor_of(member).public_id)
    return shown(request, member)


def found(public_id: str) -> Member:
    return get_object_or_404(Member.objects, public_id=public_id)


def turned_away(request: ShopRequest, member: Member) -> HttpResponse | None:
    """Return a redirect for a member who was deleted or merged into another, else None.

    So a page that was left open, or a typed address, changes nothing.
    """
    if not member.deleted_at:
        return None
    messages.error(
        request,
        _("削除された会員は編集できません。会員の画面で復元してから編集してください。"),
    )
    return redirect("members:detail", member.public_id)


def of_the_present(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse a view whose address names the member when that member is deleted."""

    @functools.wraps(view)
    def checked(request: ShopRequest, public_id: str) -> HttpResponse:
        return turned_away(request, found(public_id)) or view(request, public_id)

    return checked


def shown(
    request: ShopRequest, member: Member, tag_form: TagChoiceForm | None = None
) -> HttpResponse:
    """Show the member's page; the database is asked only for what the tab shows."""
    tab = request.GET.get("tab", BASIC)
    tab = tab if tab in {each.slug for each in TABS} else BASIC
    panels = panels_of(request, member, tab)
    step = next_step_of(member)
    context = {
        "member": member,
        "tab": tab,
        "tabs": tabs_of(member, tab),
        "step": step,
        "reason": "" if step else reasons_of([member]).get(member.pk, ""),
        "panels": [panel for panel in panels if not panel.panel.aside],
        "asides": [panel for panel in panels if panel.panel.aside],
        "may_edit": request.seat.can(EDIT) and not member.deleted_at,
        "may_restore": request.seat.can(EDIT),
        **(basics(member, tag_form) if tab in (BASIC, EVERYTHING) else {}),
        **(deletion(member) if member.deleted_at else {}),
    }
    return render(
        request,
        "members/profile/profile.html",
        context,
        status=422 if tag_form else 200,
    )


def basics(member: Member, tag_form: TagChoiceForm | None) -> dict[str, Any]:
    answers = history(member.identity_records.all())
    return {
        "latest": next((answer for answer in answers if answer.shown), None),
        "links": member.member_tags.select_related("tag").order_by("tag__name"),
        "tag_form": tag_form or TagChoiceForm(),
        "birthday": Birthday(member.birthday, member.birth_md),
        "hidden": hidden_from_detail(),
    }


def deletion(member: Member) -> dict[str, Any]:
    changes = MemberChange.objects.filter(
        member=member, after__has_key="deleted_at"
    ).select_related("operator")
    return {"deleted_by": changes.order_by("-at", "-id").first()}


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@of_the_present
def edit(request: ShopRequest, public_id: str) -> HttpResponse:
    """Save an operator's answer; what was answered before stays in the history."""
    member = found(public_id)
    form = MemberForm(request.POST or None, member=member)
    if request.method == "POST" and form.is_valid():
        if edit_member(
            member, form.answered(), form.cleaned_data.get("birthday"), request.user
        ):
            messages.success(request, _("会員の情報を保存しました。"))
        else:
            messages.info(
                request,
                _("変更はありません。空欄にした項目は、前の回答のまま残ります。"),
            )
        return redirect("members:detail", public_id)
    return render(
        request,
        "members/profile/edit.html",
        {"form": form, "member": member},
        status=422 if form.is_bound else 200,
    )


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: ShopRequest, public_id: str) -> HttpResponse:
    """Use an older answer again (「この回答に戻す」), after asking."""
    record = get_object_or_404(
        IdentityRecord.objects.select_related("member"), public_id=public_id
    )
    member = record.member
    if away := turned_away(request, member):
        return away
    if request.method == "POST":
        restore_answer(record, request.user)
        messages.success(
            request, _("選んだ回答に戻しました。前の回答も履歴に残っています。")
        )
        return redirect("members:detail", member.public_id)
    answers = history(member.identity_records.all(), archived_keys())
    answer = next(answer for answer in answers if answer.record.pk == record.pk)
    return render(
        request, "members/profile/restore.html", {"member": member, "answer": answer}
    )


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: ShopRequest, public_id: str) -> HttpResponse:
    """Delete a member, after saying what it means. They can be restored."""
    member = found(public_id)
    if request.method == "POST":
        if deleting.delete_softly(Member.objects.filter(pk=member.pk)):
            messages.success(
                request, _("会員を削除しました。このページから復元できます。")
            )
        else:
            messages.info(request, _("この会員はすでに削除されています。"))
        return redirect("members:detail", public_id)
    return render(request, "members/profile/delete.html", {"member": member})


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def bring_back(request: ShopRequest, public_id: str) -> HttpResponse:
    """Restore a deleted member."""
    member = found(public_id)
    if request.method == "POST":
        if deleting.restore(Member.objects.filter(pk=member.pk)):
            messages.success(request, _("会員を復元しました。"))
        elif member.merged_into_id:
            messages.error(
                request,
                _(
                    "別の会員に統合されているため、復元できません。変更履歴から統合を元に戻してください。"
                ),
            )
        else:
            messages.info(request, _("この会員は削除されていません。"))
    return redirect("members:detail", public_id)


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@of_the_present
def add_tag(request: ShopRequest, public_id: str) -> HttpResponse:
    member = found(public_id)
    if request.method != "POST":
        return redirect("members:detail", public_id)
    form = TagChoiceForm(request.POST)
    if not form.is_valid():
        return shown(request, member, form)
    tag = form.existing or assign.tag_named(form.cleaned_data["new_tag"])
    assign.tag(
        tag, Member.objects.filter(pk=member.pk), TagBatch.Source.OPERATOR, request.user
    )
    messages.success(request, _("タグ「%(tag)s」を付けました。") % {"tag": tag.name})
    return redirect("members:detail", public_id)


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@of_the_present
def remove_tag(request: ShopRequest, public_id: str) -> HttpResponse:
    member = found(public_id)
    if request.method != "POST":
        return redirect("members:detail", public_id)
    form = TagChoiceForm(request.POST, may_make=False)
    if not form.is_valid():
        return shown(request, member, form)
    tag = form.existing
    assert tag
    assign.untag(
        tag, Member.objects.filter(pk=member.pk), TagBatch.Source.OPERATOR, request.user
    )
    messages.success(request, _("タグ「%(tag)s」を外しました。") % {"tag": tag.name})
    return redirect("members:detail", public_id)
