"""会員の統合: choose whom, choose which values stay, merge, undo."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from members.attributes.definitions import get_archived_keys
from members.attributes.personal import show_personal
from members.conditions.search import build_search_q
from members.identity.create import find_similar_members
from members.merge.merge import (
    MOST_MEMBERS,
    MergeRefused,
    list_merge_objections,
    merge_members,
)
from members.merge.references import list_member_references
from members.merge.unmerge import unmerge_members
from members.models import Member, Merge
from members.screens.merge.forms import MergeForm
from operators.login.confirm import require_confirmation
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@require_confirmation(when=lambda request: "confirm" in request.POST)
def merge_selected(request: ShopRequest) -> HttpResponse:
    """Merge two members or more, named by ``ids`` in a POST; without ``confirm`` ask for what stays."""
    if request.method != "POST":
        return redirect("members:list")
    ids = list(dict.fromkeys(request.POST.getlist("ids")))[: MOST_MEMBERS + 1]
    members = list(Member.objects.filter(public_id__in=ids).order_by("pk"))
    if request.POST.get("scope") == "all" or (
        refused := list_merge_objections(members)
    ):
        words = (
            _("統合は、一覧で選択した会員だけを対象にできます。")
            if request.POST.get("scope") == "all"
            else refused[0]
        )
        messages.error(request, words)
        return redirect("members:list")
    form = MergeForm(
        request.POST if "confirm" in request.POST else None, members=members
    )
    if not form.is_valid():
        return render(
            request,
            "members/merge/merge.html",
            build_merge_context(form),
            status=422 if form.is_bound else 200,
        )
    try:
        survivor = form.chosen
        merge_members(
            survivor,
            [each for each in members if each != survivor],
            form.choices,
            request.user,
        )
    except MergeRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("members:list")
    words = _(
        "%(count)s名の会員を「%(name)s」に統合しました。変更履歴から元に戻せます。"
    )
    messages.success(
        request, words % {"count": len(members), "name": show_personal(survivor)}
    )
    return redirect("members:detail", survivor.public_id)


def build_merge_context(form: MergeForm) -> dict[str, Any]:
    lines = sum(1 for member in form.members if member.line_user_id)
    return {
        "form": form,
        "moving": count_moving_rows(form.members),
        "two_lines": lines > 1,
    }


def count_moving_rows(members: Sequence[Member]) -> list[tuple[Any, list[int]]]:
    """Return pairs (noun, how many rows of each member)."""
    ids = [member.pk for member in members]
    found = []
    for reference in list_member_references():
        if reference.rule.label and reference.rule.moves:
            owners = list(
                reference.rows.filter(
                    **{f"{reference.field.attname}__in": ids}
                ).values_list(reference.field.attname, flat=True)
            )
            if owners:
                found.append((reference.rule.label, [owners.count(pk) for pk in ids]))
    return found


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: ShopRequest, public_id: str) -> HttpResponse:
    """Choose whom to merge with this member: those who are alike, or those found by a search."""
    member = get_object_or_404(Member.objects, public_id=public_id)
    text = request.POST.get("q", "").strip() if request.method == "POST" else ""
    others = Member.objects.filter(deleted_at=None).exclude(pk=member.pk)
    found = (
        list(others.filter(build_search_q(text)).order_by("-pk")[:MOST_MEMBERS])
        if text
        else []
    )
    similar = find_similar_members(
        member.name, member.email, member.phone, besides=[member.pk]
    )
    similar = [each for each in similar if not each.member.deleted_at]
    context = {
        "member": member,
        "similar": similar,
        "found": found,
        "text": text,
        "hidden": get_archived_keys(),
    }
    return render(request, "members/merge/choose.html", context)


@require_right(EDIT)
@require_POST
@require_confirmation()
def undo_merge(request: ShopRequest, public_id: str) -> HttpResponse:
    merged = get_object_or_404(
        Merge.objects.select_related("survivor"), public_id=public_id
    )
    try:
        missing = unmerge_members(merged, request.user)
    except MergeRefused as refusal:
        messages.error(request, str(refusal))
    else:
        done = _("統合を元に戻しました。")
        rest = _(
            "統合のあとに変更または削除された%(count)s件は、今のまま残しました。"
        ) % {"count": f"{missing:,}"}
        messages.success(request, done + (rest if missing else ""))
    return redirect(
        f"{reverse('members:detail', args=[merged.survivor.public_id])}?tab=changes"
    )
