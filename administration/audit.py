"""設定 › 監査ログ: who did what, before and after, from where, with which result."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from administration.audit_texts import AuditLine
from administration.filters import AuditFilters
from console.pager import paginate_rows
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
        "seal": AuditSeal.objects.order_by("-pk").first(),
    }
    return render(request, "administration/audit/list.html", context)
