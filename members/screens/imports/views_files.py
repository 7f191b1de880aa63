"""Files of 会員の取り込み: the sample, how an uploaded one is read, and its wrong rows."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.imports import pages
from members.imports.read import sample_file, upload
from members.imports.read.settings import Settings
from members.screens.imports.forms import ReadingForm
from members.screens.imports.views import get_import_or_404
from operators import audit
from operators.rights import ShopRequest, refuse_masked, require_right
from operators.roles import EDIT

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_right(EDIT)
@require_POST
def import_sample(request: ShopRequest) -> HttpResponse:
    """Return the sample file: Excel with a note at each heading, or CSV."""
    csv = request.POST.get("format") == "csv"
    content = sample_file.build_sample_csv() if csv else sample_file.build_sample_xlsx()
    response = HttpResponse(
        content, content_type="text/csv; charset=utf-8" if csv else XLSX
    )
    name = f"members-sample.{'csv' if csv else 'xlsx'}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_right(EDIT)
@require_POST
def import_reading(request: ShopRequest, public_id: str) -> HttpResponse:
    """Read the same file again, in this encoding and with this separator: the guess was wrong."""
    source, form = get_import_or_404(public_id), ReadingForm(request.POST)
    try:
        if not form.is_valid() or not upload.read_upload_again(
            source, **form.cleaned_data
        ):
            messages.error(
                request,
                _("このファイルは、いま読み直せません。状態を確かめてください。"),
            )
        else:
            messages.success(
                request, _("ファイルを読み直しました。列の対応づけを確かめてください。")
            )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("members:import_columns", public_id)


@require_right(EDIT)
@require_POST
def import_wrong(request: ShopRequest, public_id: str) -> HttpResponseBase:
    """Return the wrong rows as a file: the same columns and エラー内容."""
    source = get_import_or_404(public_id)
    if source.operator_id != request.user.pk:
        refuse_masked()  # who brought the file knows what is in it
    try:
        file = pages.build_wrong_rows_file(source, Settings.of(source))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("members:import", public_id)
    audit.record_action(
        "import.wrong_rows_read", source, count=source.counts.get("wrong", 0)
    )
    return FileResponse(
        file,
        as_attachment=True,
        filename="import-errors.csv",
        content_type="text/csv; charset=utf-8",
    )
