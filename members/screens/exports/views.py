"""会員データの書き出し: asking for a file, and 書き出し履歴."""

from dataclasses import dataclass
from itertools import groupby

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from console.pager import paginate_rows
from jobs.files.forms import FORMATS, FileForm, LengthForm
from jobs.files.guard import DownloadRefused
from jobs.files.passwords import (
    describe_password_strength,
    set_shortest_password_length,
)
from jobs.files.store import find_newest_files
from jobs.models import Job
from jobs.params import read_params
from jobs.texts import JobDisplay
from members.conditions.sentences import describe_condition
from members.conditions.stored_search import save_search
from members.conditions.tree import BadCondition
from members.exports.columns import list_default_columns, list_export_columns
from members.exports.job import ExportParams
from members.exports.request import check_export_allowed, request_export, select_exports
from members.listing.selection import (
    Selection,
    explain_missing_members,
    freeze_selection,
)
from members.screens.exports.filters import ExportFilters
from members.screens.list.views import redirect_to_list
from operators.rights import ShopRequest, require_personal, require_right
from operators.roles import EXPORT


@dataclass(frozen=True)
class ColumnChoice:
    """A column as the page lists it; ``short`` is its label within its group."""

    name: str
    label: str
    short: str
    group: str
    chosen: bool

    @property
    def folded(self) -> bool:
        return bool(self.group) and not self.chosen

    @property
    def family(self) -> str:
        """What the columns of one group have in common: "answer:…"."""
        return self.name.rpartition(":")[0]


def list_column_choices(request: ShopRequest) -> list[ColumnChoice]:
    """List the columns with the order and ticks that the form sent, else as the operator sees the member list."""
    there = list_export_columns()
    sent = "order" in request.POST
    shown = list_default_columns(request.seat)
    ticked = request.POST.getlist("columns") if sent else [*shown]
    if family := (request.POST if sent else request.GET).get("with"):
        ticked += [name for name in there if name.startswith(f"{family}:")]
    order = (request.POST.getlist("order") if sent else shown) + [
        name for name in there if name in ticked
    ]
    names = dict.fromkeys(name for name in (*order, *there) if name in there)
    return [
        ColumnChoice(
            name,
            there[name].title,
            str(there[name].label),
            there[name].group,
            name in ticked,
        )
        for name in move_column(list(names), request.POST)
    ]


def fold_choices(
    listed: list[ColumnChoice],
) -> list[tuple[ColumnChoice, list[ColumnChoice]]]:
    """Return the columns of groups that are not ticked, as pairs (first column, all of them)."""
    groups = groupby(
        (choice for choice in listed if choice.folded), key=lambda choice: choice.family
    )
    return [(found[0], found) for _family, group in groups if (found := list(group))]


def move_column(names: list[str], data: QueryDict) -> list[str]:
    """Return the names with one moved a place up or down, as the pressed button says."""
    way, _colon, name = data.get("move", "").partition(":")
    if name in names and way in ("up", "down"):
        at = names.index(name)
        to = max(0, min(len(names) - 1, at + (1 if way == "down" else -1)))
        names.insert(to, names.pop(at))
    return names


@require_right(EXPORT)
@require_http_methods(["GET", "HEAD", "POST"])
@require_personal
def export(request: ShopRequest) -> HttpResponse:
    """Ask for a file: from the list's button (all it finds), or by a POST from the bulk bar (those ticked).

    ``confirm`` starts the job.
    """
    selection = freeze_selection(request, nothing_is_all=True)
    if words := explain_missing_members(selection, request.POST.getlist("ids")):
        messages.error(request, words)
        return redirect_to_list(request.GET)
    listed = list_column_choices(request)
    names = [choice.name for choice in listed if choice.chosen]
    form = make_export_form(request, names)
    if (
        form.is_bound
        and form.is_valid()
        and (job := start_export(request, form, selection, names))
    ):
        return redirect("jobs:job", job.public_id)
    context = {
        "form": form,
        "choices": [c for c in listed if not c.folded],
        "folds": fold_choices(listed),
        "chosen_count": len(names),
        "columns_open": not names or ("order" in request.POST and not form.is_bound),
        "selection": selection,
        "ids": request.POST.getlist("ids"),
        "sentence": describe_selection(selection),
        "refused": "" if form.is_bound else find_refusal(request, selection),
    }
    return render(
        request,
        "members/exports/new.html",
        context,
        status=422 if form.is_bound else 200,
    )


def make_export_form(request: ShopRequest, names: list[str]) -> FileForm:
    """Return the form with everything that is wrong at once.

    A login password that was right is not asked for again.
    """
    sent = (
        request.POST
        if "confirm" in request.POST and "move" not in request.POST
        else None
    )
    kept = {
        name: request.POST[name]
        for name in ("format", "reason", "password")
        if name in request.POST
    }
    length = request.tenant.export_password_length
    form = FileForm(sent, request=request, length=length, initial=kept)
    form.full_clean()
    if form.is_bound and not names:
        form.add_error(
            None, _("項目が選ばれていません。書き出す項目を1つ以上選んでください。")
        )
    form.confirm_operator()
    return form


def start_export(
    request: ShopRequest, form: FileForm, selection: Selection, names: list[str]
) -> Job | None:
    """Start the export and return its job, or None with the reason in the form."""
    data = form.cleaned_data
    try:
        return request_export(
            request.user,
            selection,
            names,
            data["format"],
            data["reason"],
            data["password"],
        )
    except DownloadRefused as reason:
        form.add_error(None, str(reason))
        return None


def find_refusal(request: ShopRequest, selection: Selection) -> str:
    try:
        check_export_allowed(request.user, selection["count"])
    except DownloadRefused as reason:
        return str(reason)
    return ""


def describe_selection(selection: Selection) -> str:
    if "condition" not in selection:
        return _("選択した会員")
    try:
        return describe_condition(selection["condition"])
    except (BadCondition, KeyError):
        return _("読み取れない条件")


@require_right(EXPORT)
@require_POST
def export_strength(request: ShopRequest) -> HttpResponse:
    """Show how strong the password is while it is typed; nothing is stored."""
    kind, words = describe_password_strength(
        request.POST.get("password", ""), request.tenant.export_password_length
    )
    return render(
        request, "members/exports/strength.html", {"kind": kind, "words": words}
    )


@require_right(EXPORT)
@save_search
@require_safe
def history(request: ShopRequest) -> HttpResponse:
    """Show 書き出し履歴: who took what, why, and how often it was downloaded."""
    filters = ExportFilters(request, select_exports().select_related("operator"))
    page = paginate_rows(filters.qs, request.GET, ["-created_at"])
    files = find_newest_files(page.rows)
    rows = [
        {
            "shown": JobDisplay(job, request.seat),
            "job": job,
            "file": files.get(job.pk),
            "reason": params.reason,
            "sentence": describe_selection(params.selection),
            "format": dict(FORMATS)[params.format],
        }
        for job in page.rows
        for params in [read_params(job, ExportParams)]
    ]
    length = LengthForm(initial={"length": request.tenant.export_password_length})
    return render(
        request,
        "members/exports/history.html",
        {"page": page, "rows": rows, "filters": filters, "length_form": length},
    )


@require_right(EXPORT)
@require_POST
def export_length(request: ShopRequest) -> HttpResponse:
    """Set how short a file's password may be: the owner's choice."""
    form = LengthForm(request.POST)
    if form.is_valid():
        set_shortest_password_length(request.tenant, form.cleaned_data["length"])
        words = _("パスワードの最低文字数を%(length)s文字にしました。")
        messages.success(request, words % {"length": form.cleaned_data["length"]})
    return redirect("members:exports")
