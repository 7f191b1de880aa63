"""A value edited in place. Without scripts the pencil leads to a page with the same form."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from members.attributes import cells
from members.attributes.personal import PERSONAL
from members.identity import edit_cell
from members.models import Member
from members.screens.list.forms_cell import CellForm
from operators.rights import ShopRequest, refuse_masked, require_right
from operators.roles import EDIT


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def cell(request: ShopRequest, public_id: str, field: str) -> HttpResponse:
    """Open the cell by GET (``?show`` closes it again), write its value by POST."""
    member = get_object_or_404(Member.objects, public_id=public_id)
    attribute = cells.find_active_attribute(field)
    if attribute is None:
        raise Http404
    if field in PERSONAL:
        refuse_masked()
    if member.deleted_at:
        return refuse_deleted_member(request, member)
    now = cells.build_cell(member, attribute)
    form = CellForm(request.POST if request.method == "POST" else None, cell=now)
    if request.method != "POST":
        return render_cell(
            request,
            "cell" if "show" in request.GET else "edit",
            now,
            form,
            focused="show" in request.GET,
        )
    problem = ""
    if form.is_valid():
        try:
            after = edit_cell.write_cell(
                member,
                attribute,
                form.cleaned_data["value"],
                form.cleaned_data["before"],
                request.user,
                undo=form.cleaned_data["undo"],
            )
            return render_saved_cell(request, after, form)
        except ValidationError as error:
            problem = " ".join(error.messages)
        except edit_cell.ConcurrentChange as changed:
            now = changed.cell
            form.data = {**request.POST.dict(), "before": now.value}
            words = _(
                "ほかの人がこの値を「%(value)s」に変えました。確かめて、よければもう一度保存してください。"
            )
            problem = words % {"value": now.value or _("（空欄）")}
    problem = problem or " ".join(
        str(error) for errors in form.errors.values() for error in errors
    )
    return render_cell(request, "edit", now, form, status=422, problem=problem)


def refuse_deleted_member(request: ShopRequest, member: Member) -> HttpResponse:
    messages.error(
        request,
        _("削除された会員は編集できません。会員の画面で復元してから編集してください。"),
    )
    url = reverse("members:detail", args=[member.public_id])
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def render_saved_cell(
    request: ShopRequest, after: cells.Cell, form: CellForm
) -> HttpResponse:
    before, undo = form.cleaned_data["before"], form.cleaned_data["undo"]
    words = (
        _("「%(field)s」を元に戻しました。")
        if undo
        else _("「%(field)s」を保存しました。")
    )
    words = words % {"field": after.attribute.label}
    if not request.htmx:
        messages.success(request, words)
        return redirect("members:detail", after.member.public_id)
    changed = after.value != before
    context = {
        "said": words if changed else "",
        "back_to": before,
        "may_undo": changed and not undo,
        "undone": undo,
    }
    return render_cell(request, "saved", after, form, **context)


def render_cell(
    request: ShopRequest,
    part: str,
    cell: cells.Cell,
    form: CellForm,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    template = (
        f"members/cells/{part}.html" if request.htmx else "members/cells/page.html"
    )
    context = {
        "cell": cell,
        "form": form,
        "may_edit": True,
        "place": request.GET.get("in", ""),
        **more,
    }
    return render(request, template, context, status=status)
