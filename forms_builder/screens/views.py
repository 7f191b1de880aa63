"""コンテンツ › LIFF: the forms of a shop, their addresses and their answers."""

from typing import Any
from urllib.parse import urlencode

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from console.pager import paginate_rows
from forms_builder.models import Form, Submission
from forms_builder.screens import editor as building
from forms_builder.screens.filters import FormFilters
from forms_builder.screens.forms_editor import (
    Editor,
    move_question,
    parse_raws,
    parse_sketch,
)
from forms_builder.screens.preview_model import build_sketch
from members.conditions.tree import encode_condition
from messaging.channels.line.links import build_liff_url
from messaging.models import LineAccount
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT, EXPORT, VIEW
from tenants.realms import build_realm_url


def get_form_or_404(public_id: str) -> Form:
    return get_object_or_404(
        Form.objects.select_related("account", "tenant"), public_id=public_id
    )


def build_addresses(form: Form) -> dict[str, str]:
    """Return the 呼び出しURL (opens LINE), the short link (any browser), and the one for test answers."""
    path = f"{form.public_id}/"
    return {
        "liff": build_liff_url(form.account, path),
        "short": build_realm_url(
            "public", form.tenant, "forms_builder:answer", [form.public_id]
        ).rstrip("/"),
        "test": build_liff_url(form.account, f"{path}?test={form.test_key}"),
    }


def build_export_url(request: ShopRequest, form: Form) -> str:
    """Return where those who answered are exported with their answers; "" for who may not."""
    if not request.seat.can(EXPORT):
        return ""
    answered = encode_condition(
        {"all": [{"field": "form", "op": "in", "value": [form.public_id]}]}
    )
    return f"{reverse('members:export')}?{urlencode({'c': answered, 'with': f'answer:{form.public_id}'})}"


def draw_qr_code(text: str) -> SafeString:
    """Draw a QR code: an SVG of attributes only, on white in both themes, because cameras want dark on light."""
    drawn = segno.make(text, error="m").svg_inline(
        scale=4, dark="#000", light="#fff", border=3, omitsize=True
    )
    return mark_safe(drawn)  # noqa: S308  (segno writes paths, never the text)


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
    shown = get_form_or_404(public_id)
    urls = build_addresses(shown)
    submissions = Submission.objects.filter(form=shown)
    context = {
        "form": shown,
        "may_edit": request.seat.can(EDIT),
        "urls": urls,
        "export_url": build_export_url(request, shown),
        "qr": draw_qr_code(urls["liff"]),
        "test_qr": draw_qr_code(urls["test"]),
        "sketch": build_sketch(shown),
        "add_tags": shown.tags_to(remove=False),
        "remove_tags": shown.tags_to(remove=True),
        "newest": submissions.newest_first()[:5],
        "answers": submissions.filter(is_test=False).count(),
    }
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
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ShopRequest, public_id: str) -> HttpResponse:
    return handle_editor(request, get_form_or_404(public_id))


def handle_editor(request: ShopRequest, form: Form | None) -> HttpResponse:
    """Show or save the editor.

    A move of a question comes back unsaved; 保存する checks and saves all of it at once.
    """
    if request.method != "POST":
        return render_editor(request, Editor.of(form), form)
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
    saved = build_sketch(form) if form else None
    shown = parse_sketch(request.POST) if request.method == "POST" else saved
    context = {"editor": editor, "form": form, "sketch": shown, **more}
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

    Who comes here by a link (back from the login, say) finds the button on the form's page.
    """
    shown, is_open = get_form_or_404(public_id), request.POST.get("open") == "1"
    if request.method != "POST":
        return redirect("forms_builder:form", shown.public_id)
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
