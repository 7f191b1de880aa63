"""会員 › 詳細: who it is, how that is known, tags, and what apps above know, tab by tab."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from members.attributes.definitions import get_archived_keys, get_hidden_system_keys
from members.attributes.personal import show_personal
from members.identity import delete as deleting
from members.identity.answer_history import build_answer_history
from members.identity.answers import restore_answer
from members.identity.comeback import find_comeback
from members.identity.edit import edit_member
from members.identity.friendship import find_survivor
from members.identity.shared_emails import (
    describe_refused_return,
    find_refused_returns,
)
from members.models import IdentityRecord, Member, MemberChange, TagBatch
from members.screens.profile.forms import MemberForm
from members.screens.profile.registry import (
    BASIC,
    EVERYTHING,
    build_tab_links,
    collect_link_reasons,
    find_next_step,
    list_tabs,
    render_panels,
)
from members.tags import assign, names
from members.tags.choice import TagChoiceForm
from operators.masking import is_masked
from operators.rights import ShopRequest, require_personal, require_right
from operators.roles import EDIT, MANAGE, REVEAL, VIEW


@require_right(VIEW)
@require_safe
def member(request: ShopRequest, public_id: str) -> HttpResponse:
    member = get_member_or_404(public_id)
    if member.merged_into_id:
        messages.info(
            request,
            _("この会員は「%(name)s」に統合されています。")
            % {"name": show_personal(find_survivor(member))},
        )
        return redirect("members:detail", find_survivor(member).public_id)
    return render_member_page(request, member)


def get_member_or_404(public_id: str) -> Member:
    return get_object_or_404(Member.objects, public_id=public_id)


def redirect_from_deleted_member(
    request: ShopRequest, member: Member
) -> HttpResponse | None:
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


def require_present_member(
    view: Callable[..., HttpResponse],
) -> Callable[..., HttpResponse]:
    """Refuse a view whose address names the member when that member is deleted."""

    @functools.wraps(view)
    def checked(request: ShopRequest, public_id: str) -> HttpResponse:
        return redirect_from_deleted_member(
            request, get_member_or_404(public_id)
        ) or view(request, public_id)

    return checked


def render_member_page(
    request: ShopRequest,
    member: Member,
    tag_form: TagChoiceForm | None = None,
    revealed: bool = False,
) -> HttpResponse:
    """Show the member's page; the database is asked only for what the tab shows.

    ``revealed``: this once in clear, to somebody who may not see it so otherwise.
    """
    tab = request.GET.get("tab", BASIC)
    tab = tab if tab in {each.slug for each in list_tabs()} else BASIC
    panels = render_panels(request, member, tab)
    step = find_next_step(member)
    context = {
        "member": member,
        "tab": tab,
        "tabs": build_tab_links(member, tab),
        "step": step,
        "reason": "" if step else collect_link_reasons([member]).get(member.pk, ""),
        "panels": [panel for panel in panels if not panel.panel.aside],
        "asides": [panel for panel in panels if panel.panel.aside],
        "may_edit": request.seat.can(EDIT) and not member.deleted_at,
        "may_restore": request.seat.can(EDIT),
        "may_erase": request.seat.can(MANAGE),
        "may_reveal": is_masked() and request.seat.can(REVEAL),
        "revealed": revealed,
        **(
            build_basics_context(member, tag_form) if tab in (BASIC, EVERYTHING) else {}
        ),
        **(
            build_deletion_context(member)
            if member.deleted_at
            else {"came_back_at": find_comeback(member)}
        ),
    }
    return render(
        request,
        "members/profile/profile.html",
        context,
        status=422 if tag_form else 200,
    )


def build_basics_context(
    member: Member, tag_form: TagChoiceForm | None
) -> dict[str, Any]:
    answers = build_answer_history(member.identity_records.all())
    return {
        "latest": next((answer for answer in answers if answer.shown), None),
        "links": member.member_tags.select_related("tag").order_by("tag__name"),
        "tag_form": tag_form or TagChoiceForm(),
        "hidden": get_hidden_system_keys(),
    }


def build_deletion_context(member: Member) -> dict[str, Any]:
    changes = MemberChange.objects.filter(
        member=member, after__has_key="deleted_at"
    ).select_related("operator")
    return {"deleted_by": changes.order_by("-at", "-id").first()}


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@require_personal
@require_present_member
def edit(request: ShopRequest, public_id: str) -> HttpResponse:
    """Save an operator's answer; what was answered before stays in the history."""
    member = get_member_or_404(public_id)
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


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: ShopRequest, public_id: str) -> HttpResponse:
    """Use an older answer again (「この回答に戻す」), after asking."""
    record = get_object_or_404(
        IdentityRecord.objects.select_related("member"), public_id=public_id
    )
    member = record.member
    if away := redirect_from_deleted_member(request, member):
        return away
    if request.method == "POST":
        try:
            restore_answer(record, request.user)
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
        else:
            messages.success(
                request, _("選んだ回答に戻しました。前の回答も履歴に残っています。")
            )
        return redirect("members:detail", member.public_id)
    answers = build_answer_history(member.identity_records.all(), get_archived_keys())
    answer = next(answer for answer in answers if answer.record.pk == record.pk)
    return render(
        request, "members/profile/restore.html", {"member": member, "answer": answer}
    )


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: ShopRequest, public_id: str) -> HttpResponse:
    """Delete a member, after saying what it means. They can be restored."""
    member = get_member_or_404(public_id)
    if request.method == "POST":
        if deleting.delete_members_softly(Member.objects.filter(pk=member.pk)):
            messages.success(
                request, _("会員を削除しました。このページから復元できます。")
            )
        else:
            messages.info(request, _("この会員はすでに削除されています。"))
        return redirect("members:detail", public_id)
    context = {"member": member, "may_erase": request.seat.can(MANAGE)}
    return render(request, "members/profile/delete.html", context)


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def restore_deleted(request: ShopRequest, public_id: str) -> HttpResponse:
    """Restore a deleted member."""
    member = get_member_or_404(public_id)
    if request.method == "POST":
        only = Member.objects.filter(pk=member.pk)
        if find_refused_returns(only):
            messages.error(request, describe_refused_return(member))
        elif deleting.restore_members(only):
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


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@require_present_member
def add_tag(request: ShopRequest, public_id: str) -> HttpResponse:
    member = get_member_or_404(public_id)
    if request.method != "POST":
        return redirect("members:detail", public_id)
    form = TagChoiceForm(request.POST)
    if not form.is_valid():
        return render_member_page(request, member, form)
    tag = form.existing or names.get_or_create_tag(form.cleaned_data["new_tag"])
    assign.tag_members(
        tag, Member.objects.filter(pk=member.pk), TagBatch.Source.OPERATOR, request.user
    )
    messages.success(request, _("タグ「%(tag)s」を付けました。") % {"tag": tag.name})
    return redirect("members:detail", public_id)


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@require_present_member
def remove_tag(request: ShopRequest, public_id: str) -> HttpResponse:
    member = get_member_or_404(public_id)
    if request.method != "POST":
        return redirect("members:detail", public_id)
    form = TagChoiceForm(request.POST, may_make=False)
    if not form.is_valid():
        return render_member_page(request, member, form)
    tag = form.existing
    assert tag
    assign.untag_members(
        tag, Member.objects.filter(pk=member.pk), TagBatch.Source.OPERATOR, request.user
    )
    messages.success(request, _("タグ「%(tag)s」を外しました。") % {"tag": tag.name})
    return redirect("members:detail", public_id)
