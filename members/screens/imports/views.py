"""会員の取り込み: the list of imports, and one import through its steps (ファイル → 列の対応 → 確認 → 取り込み)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from console.pager import paginate_rows
from jobs.models import Job
from jobs.request_size import accept_file
from jobs.texts import JobDisplay
from members.identity.member_limit import explain_import_excess
from members.imports import pages, summaries
from members.imports.check import check
from members.imports.load import jobs
from members.imports.read import csv_reader, sample_file, upload
from members.imports.read.columns import list_targets
from members.imports.read.settings import Settings
from members.models import MemberImport
from members.normalize import limits
from members.normalize.files import workbooks
from members.screens.imports.filters import ImportFilters
from members.screens.imports.forms import MappingForm, ReadingForm, UploadForm
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT

State = MemberImport.State
STEPS = {"file": 1, "columns": 2, "check": 3, "load": 4}
BADGES = {
    State.UPLOADED: "warn", State.CHECKING: "busy", State.CHECKED: "warn", State.LOADING: "busy", State.DONE: "ok",
    State.UNDOING: "busy", State.UNDONE: "neutral", State.FAILED: "bad",
}  # fmt: skip
LIMITS = {
    "megabytes": csv_reader.MOST_BYTES >> 20, "rows": csv_reader.MOST_ROWS, "columns": limits.MOST_COLUMNS,
    "cell": limits.LONGEST_CELL, "xlsx_rows": workbooks.MOST_ROWS, "tags": check.MOST_TAGS,
}  # fmt: skip


def get_import_or_404(public_id: str) -> MemberImport:
    return get_object_or_404(
        MemberImport.objects.select_related("job__operator", "operator"),
        public_id=public_id,
    )


def render_import_step(
    request: ShopRequest, template: str, step: str, status: int = 200, **context: Any
) -> HttpResponse:
    names = [_("ファイル"), _("列の対応"), _("確認"), _("取り込み")]
    values = {"steps": names, "at": STEPS[step], "limits": LIMITS, **context}
    return render(request, f"members/imports/{template}.html", values, status=status)


@require_right(EDIT)
@require_safe
def imports(request: ShopRequest) -> HttpResponse:
    filters = ImportFilters(request, MemberImport.objects.select_related("operator"))
    page = paginate_rows(filters.qs, request.GET, ["-created_at"])
    for source in page.rows:
        source.badge = BADGES[State(source.state)]
    context = {"page": page, "filters": filters}
    return render(request, "members/imports/list.html", context)


@accept_file
@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: ShopRequest) -> HttpResponse:
    """Take in a file (1/4): it is looked over at once, and refused here when it cannot be read."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            source = upload.accept_upload(form.cleaned_data["file"], request.user)
            return redirect("members:import_columns", source.public_id)
        except ValidationError as error:
            form.add_error("file", error)
    status = 422 if request.method == "POST" else 200
    return render_import_step(
        request,
        "new",
        "file",
        status,
        form=form,
        sample=sample_file.list_sample_columns(),
    )


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: ShopRequest, public_id: str) -> HttpResponse:
    """Choose what each column is (2/4); the next step starts the dry run."""
    source = get_import_or_404(public_id)
    if (
        source.state not in (State.UPLOADED, State.CHECKED, State.FAILED)
        or source.loaded_at
    ):
        return redirect("members:import", public_id)
    settings, known = Settings.of(source), list_targets()
    form = MappingForm(request.POST or None, settings=settings, targets=known)
    if request.method == "POST" and form.is_valid():
        settings.mapping = form.mapping
        for name in ("keys", "add", "update", "consent", "release"):
            setattr(settings, name, form.cleaned_data[name])
        settings.save_to(source)
        jobs.start_import_check(source, request.user)
        return redirect("members:import", public_id)
    columns = [
        (
            form[field],
            [row[place] for row in settings.sample if place < len(row) and row[place]][
                :3
            ],
        )
        for place, field in enumerate(form.places)
    ]
    status = 422 if request.method == "POST" else 200
    context = {
        "form": form,
        "source": source,
        "columns": columns,
        "settings": settings,
        "reading": None if settings.xlsx else ReadingForm.of(settings),
    }
    return render_import_step(request, "columns", "columns", status, **context)


@require_right(EDIT)
@require_safe
def import_page(request: ShopRequest, public_id: str) -> HttpResponse:
    """Show where the import stands: the outcome of the check, how far the load is, or its report.

    One that is not mapped yet goes back to the columns.
    """
    source = get_import_or_404(public_id)
    if source.state == State.UPLOADED:
        return redirect("members:import_columns", public_id)
    settings = Settings.of(source)
    checked = source.state == State.CHECKED
    finished = source.state in (State.DONE, State.UNDONE)
    why_not = jobs.explain_not_undoable(source)
    context = {
        "source": source,
        "settings": settings,
        "badge": BADGES[State(source.state)],
        "job": JobDisplay(source.job, request.seat) if source.job else None,
        "wrong": pages.list_wrong_rows(source, settings) if checked or finished else [],
        "differences": pages.list_differences(source, settings) if checked else [],
        "started": pages.describe_import_tag_usage(settings) if checked else [],
        "undoable": not why_not,
        "why_not": why_not if source.state == State.DONE else "",
        "resumable": jobs.may_resume_load(source),
        "undo_note": summaries.describe_import_undo(source) if not why_not else "",
        "to_load": source.counts.get("new", 0) + source.counts.get("changed", 0),
        "running": source.state in upload.BUSY_STATES,
        "held": explain_import_excess(source.counts.get("new", 0)) if checked else "",
    }
    step = (
        "check"
        if source.state in (State.CHECKING, State.CHECKED) or not source.loaded_at
        else "load"
    )
    if source.state in (State.LOADING, State.UNDOING):
        step = "load"
    template = (
        "check"
        if checked
        else "report"
        if finished or (source.loaded_at and not context["running"])
        else "running"
    )
    return render_import_step(request, template, step, **context)


@require_right(EDIT)
@require_safe
def import_progress(request: ShopRequest, public_id: str) -> HttpResponse:
    """Show the part of the page that polls; when the job is over, have the whole page loaded again."""
    source = get_import_or_404(public_id)
    if (
        source.state not in upload.BUSY_STATES
        or not source.job
        or source.job.state in Job.ENDED
    ):
        answer = HttpResponse(status=200)
        answer.headers["HX-Refresh"] = "true"
        return answer
    context = {"source": source, "job": JobDisplay(source.job, request.seat)}
    return render(request, "members/imports/progress.html", context)


@require_right(EDIT)
@require_POST
def import_load(request: ShopRequest, public_id: str) -> HttpResponse:
    source = get_import_or_404(public_id)
    if source.state != State.CHECKED:
        messages.error(
            request, _("この取り込みは、いま実行できません。状態を確かめてください。")
        )
    elif not source.counts.get("new", 0) + source.counts.get("changed", 0):
        messages.error(
            request,
            _(
                "取り込む行がありません。エラーの内容を確かめて、ファイルを直してください。"
            ),
        )
    elif held := explain_import_excess(source.counts.get("new", 0)):
        messages.error(request, held)
    else:
        jobs.start_import_load(source, request.user)
    return redirect("members:import", public_id)


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def import_undo(request: ShopRequest, public_id: str) -> HttpResponse:
    """Undo an import, after asking in a dialog or on a page of its own."""
    source = get_import_or_404(public_id)
    if why_not := jobs.explain_not_undoable(source):
        messages.error(request, why_not)
    elif request.method == "POST":
        jobs.undo_import(source)
    else:
        return render(
            request,
            "members/imports/undo.html",
            {"source": source, "undo_note": summaries.describe_import_undo(source)},
        )
    return redirect("members:import", public_id)


@require_right(EDIT)
@require_POST
def import_discard(request: ShopRequest, public_id: str) -> HttpResponse:
    source = get_import_or_404(public_id)
    if not upload.discard_import(source):
        messages.error(request, _("取り込みが始まっているため、キャンセルできません。"))
        return redirect("members:import", public_id)
    messages.success(
        request, _("取り込みをキャンセルしました。会員は変わっていません。")
    )
    return redirect("members:imports")
