"""設定 › 監査ログ: who did what, before and after, from where, with which result; and the same as a file."""

from django import forms
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from administration.audit_export import write_audit_file
from administration.audit_texts import AuditLine
from administration.filters import AuditFilters
from console.pager import paginate_rows
from jobs.files.guard import LONGEST_REASON, clean_reason
from operators.login.confirm import require_confirmation
from operators.models import AuditEntry, AuditSeal
from operators.rights import ShopRequest, require_right
from operators.roles import MANAGE


@require_right(MANAGE)
@require_safe
def list_audit_entries(request: ShopRequest) -> HttpResponse:
    filters = AuditFilters(request, AuditEntry.objects.select_related("operator"))
    page = paginate_rows(filters.qs, request.GET, ["-at"])
    context = {
        "page": page,
        "filters": filters,
        "shown": [AuditLine(entry) for entry in page.rows],
        "query": request.GET.urlencode(),
        "seal": AuditSeal.objects.order_by("-pk").first(),
    }
    return render(request, "administration/audit/list.html", context)


class AuditFileForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"data-width": "full", "autocomplete": "off"}),
        help_text=gettext_lazy("10文字以上。監査ログに残ります。"),
    )

    def clean_reason(self) -> str:
        return clean_reason(str(self.cleaned_data["reason"]))


@require_right(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
@require_confirmation(get_too=True)
def export_audit_entries(request: ShopRequest) -> HttpResponseBase:
    """Ask why, then answer with the file of what the list's filters show."""
    filters = AuditFilters(request, AuditEntry.objects.select_related("operator"))
    form = AuditFileForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            file = write_audit_file(
                filters.qs, form.cleaned_data["reason"], request.GET.dict()
            )
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            name = _("監査ログ") + f"_{timezone.localtime():%Y%m%d_%H%M}.csv"
            return FileResponse(
                file, as_attachment=True, filename=name, content_type="text/csv"
            )
    context = {
        "form": form,
        "total": filters.qs.count(),
        "query": request.GET.urlencode(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "administration/audit/export.html", context, status=status)
