"""コンテンツ › LIFF: the forms of a shop, their addresses and their answers."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from console.pager import paginate_rows
from forms_builder.gallery import find_ready_form, list_ready_forms
from forms_builder.models import Form, PrivacyNotice
from forms_builder.screens import editor as building
from forms_builder.screens.filters import FormFilters
from forms_builder.screens.form_page import build_page_context
from forms_builder.screens.forms_editor import (
    Editor,
    move_question,
    parse_raws,
    parse_sketch,
)
from forms_builder.screens.preview_model import Sketch, build_sketch
from messaging.channels.line.links import build_liff_url
from messaging.models import LineAccount
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT, SETTINGS, VIEW


def get_form_or_404(public_id: str) -> Form:
    return get_object_or_404(
        Form.objects.select_related("account", "tenant"), public_id=public_id
    )


@require_right(VIEW)
@require_safe
def forms(request: ShopRequest) -> HttpResponse:
    rows = Form.objects.select_related("account").with_counts()
    filters = FormFilters(request, rows)
    total = filters.qs.count()
    page = paginate_rows(filters.qs, request.GET, ["-created_at"], total=total)
    listed = [
        (form, build_liff_url(form.account, f"{form.public_id}/")) for form in page
    ]
    may_edit, has_account = request.seat.can(EDIT), LineAccount.objects.exists()
    context = {
        "page": page,
        "filters": filters,
        "listed": listed,
        "has_account": has_account,
        "may_edit": may_edit,
    }
    return render(request, "forms_builder/screens/list.html", context)


@require_right(VIEW)
@require_safe
def form(request: ShopRequest, public_id: str) -> HttpResponse:
    context = build_page_context(request, get_form_or_404(public_id))
    return render(request, "forms_builder/screens/form.html", context)


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: ShopRequest) -> HttpResponse:
    """Create a form.

    Without a LINE account there is nothing to choose: the list says what to do first.
    """
    return (
        handle_editor(request, None)
        if LineAccount.objects.exists()
        else redirect("forms_builder:list")
    )


@require_right(EDIT)
@require_safe
def gallery(request: ShopRequest) -> HttpResponse:
    """Show the ready forms; without a LINE account there is nothing to make one for."""
    if not LineAccount.objects.exists():
        return redirect("forms_builder:list")
    context = {"gallery": list_ready_forms()}
    return render(request, "forms_builder/screens/gallery.html", context)


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ShopRequest, public_id: str) -> HttpResponse:
    return handle_editor(request, get_form_or_404(public_id))


def handle_editor(request: ShopRequest, form: Form | None) -> HttpResponse:
    """Show or save the editor.

    A move of a question comes back unsaved; 保存する checks and saves all of it at once.
    """
    if request.method != "POST":
        ready = find_ready_form(request.GET.get("ready", ""))
        return render_editor(request, Editor.of(form, ready), form, ready=ready)
    if how := request.POST.get("move", ""):
        questions, at, said = move_question(parse_raws(request.POST), how)
        return render_editor(
            request,
            Editor.moved(request.POST, questions, form),
            form,
            at=at,
            said=said,
            how=how,
        )
    editor = Editor.typed(request.POST, form)
    if not editor.is_valid():
        return render_editor(request, editor, form, status=422)
    chosen = editor.settings.chosen()
    if form:
        building.change_form(form, questions=editor.wanted(), **chosen)
    else:
        form = building.create_form(questions=editor.wanted(), **chosen)
    messages.success(request, _("フォームを保存しました。"))
    return redirect("forms_builder:form", form.public_id)


def render_editor(
    request: HttpRequest,
    editor: Editor,
    form: Form | None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    ready = more.get("ready")
    saved = build_sketch(form) if form else None
    if ready and not form:
        saved = Sketch(ready.title, ready.intro, ready.questions)
    shown = parse_sketch(request.POST) if request.method == "POST" else saved
    context = {
        "editor": editor,
        "form": form,
        "sketch": shown,
        "privacy": PrivacyNotice.load(),
        **more,
    }
    return render(request, "forms_builder/screens/editor.html", context, status=status)


@require_right(EDIT)
@require_POST
def preview(request: ShopRequest) -> HttpResponse:
    """Show the phone beside the editor, while somebody types."""
    return render(
        request,
        "forms_builder/screens/preview.html",
        {"sketch": parse_sketch(request.POST)},
    )


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: ShopRequest, public_id: str) -> HttpResponse:
    """Switch the form open or closed.

    Opening one without a purpose of use asks first. Who comes here by a link (back from the login, say) finds the
    button on the form's page.
    """
    shown, is_open = get_form_or_404(public_id), request.POST.get("open") == "1"
    if request.method != "POST":
        return redirect("forms_builder:form", shown.public_id)
    if (
        is_open
        and "anyway" not in request.POST
        and not PrivacyNotice.load().is_complete
    ):
        context = {"form": shown, "may_set": request.seat.can(SETTINGS)}
        return render(request, "forms_builder/screens/open_anyway.html", context)
    building.switch_form(shown, is_open)
    messages.success(
        request, _("受付を再開しました。") if is_open else _("受付を停止しました。")
    )
    return redirect("forms_builder:form", shown.public_id)


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: ShopRequest, public_id: str) -> HttpResponse:
    """Copy the form; the copy is closed until somebody opens it."""
    shown = get_form_or_404(public_id)
    if request.method != "POST":
        return redirect("forms_builder:form", shown.public_id)
    made = building.copy_form(shown)
    messages.success(
        request, _("フォームをコピーしました。内容を確かめてから受付を始めてください。")
    )
    return redirect("forms_builder:edit", made.public_id)
