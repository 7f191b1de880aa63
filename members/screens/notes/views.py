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
from members.screens.profile.views import of_the_present, turned_away
from operators.rights import ShopRequest, needs
from operators.roles import EDIT


def tab_of(member: Member) -> str:
    return f"{reverse('members:detail', args=[member.public_id])}?tab=notes"


def noted(public_id: str) -> Note:
    return get_object_or_404(
        Note.objects.select_related("member", "operator"), public_id=public_id
    )


def form_page(
    request: ShopRequest, member: Member, form: NoteForm, note: Note | None = None
) -> HttpResponse:
    context = {"form": form, "member": member, "note": note, "back": tab_of(member)}
    return render(
        request,
        "members/notes/form.html",
        context,
        status=422 if form.is_bound else 200,
    )


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@of_the_present
def add(request: ShopRequest, public_id: str) -> HttpResponse:
    member = get_object_or_404(Member.objects, public_id=public_id)
    form = NoteForm(request.POST or None)
    if not form.is_valid():
        return form_page(request, member, form)
    add_note(member, request.user, **form.cleaned_data)
    messages.success(request, _("メモを保存しました。"))
    return redirect(tab_of(member))


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ShopRequest, public_id: str) -> HttpResponse:
    note = noted(public_id)
    if away := turned_away(request, note.member):
        return away
    now = {
        name: getattr(note, name) for name in ("kind", "at", "way", "text", "result")
    }
    form = NoteForm(request.POST or None, initial=now)
    if not form.is_valid():
        return form_page(request, note.member, form, note)
    change_note(note, request.user, **form.cleaned_data)
    messages.success(request, _("メモを保存しました。"))
    return redirect(tab_of(note.member))


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: ShopRequest, public_id: str) -> HttpResponse:
    note = noted(public_id)
    if away := turned_away(request, note.member):
        return away
    if request.method == "POST":
        delete_note(note)
        messages.success(request, _("メモを削除しました。"))
        return redirect(tab_of(note.member))
    return render(
        request,
        "members/notes/delete.html",
        {"note": note, "back": tab_of(note.member)},
    )
