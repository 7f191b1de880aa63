"""会員 › メモ: notes and 応対履歴."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from members.identity.notes import add_note, change_note, delete_note
from members.models import Member, Note
from members.screens.notes.forms import NoteForm
from members.screens.profile.views import (
    redirect_from_deleted_member,
    require_present_member,
)
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT


def build_notes_url(member: Member) -> str:
    return f"{reverse('members:detail', args=[member.public_id])}?tab=notes"


def get_note_or_404(public_id: str) -> Note:
    return get_object_or_404(
        Note.objects.select_related("member", "operator"), public_id=public_id
    )


def render_note_form(
    request: ShopRequest, member: Member, form: NoteForm, note: Note | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "member": member,
        "note": note,
        "back": build_notes_url(member),
    }
    return render(
        request,
        "members/notes/form.html",
        context,
        status=422 if form.is_bound else 200,
    )


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@require_present_member
def add(request: ShopRequest, public_id: str) -> HttpResponse:
    member = get_object_or_404(Member.objects, public_id=public_id)
    form = NoteForm(request.POST or None)
    if not form.is_valid():
        return render_note_form(request, member, form)
    add_note(member, request.user, **form.cleaned_data)
    messages.success(request, _("メモを保存しました。"))
    return redirect(build_notes_url(member))


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ShopRequest, public_id: str) -> HttpResponse:
    note = get_note_or_404(public_id)
    if away := redirect_from_deleted_member(request, note.member):
        return away
    now = {
        name: getattr(note, name) for name in ("kind", "at", "way", "text", "result")
    }
    form = NoteForm(request.POST or None, initial=now)
    if not form.is_valid():
        return render_note_form(request, note.member, form, note)
    change_note(note, request.user, **form.cleaned_data)
    messages.success(request, _("メモを保存しました。"))
    return redirect(build_notes_url(note.member))


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: ShopRequest, public_id: str) -> HttpResponse:
    note = get_note_or_404(public_id)
    if away := redirect_from_deleted_member(request, note.member):
        return away
    if request.method == "POST":
        delete_note(note)
        messages.success(request, _("メモを削除しました。"))
        return redirect(build_notes_url(note.member))
    return render(
        request,
        "members/notes/delete.html",
        {"note": note, "back": build_notes_url(note.member)},
    )
