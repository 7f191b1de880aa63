"""申請一覧 › CSVで追加."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from jobs.request_size import accept_file
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT
from rpa.requests.receive import receive_requests
from rpa.screens.requests.upload import RequestUploadForm, build_sample


@accept_file
@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: ShopRequest) -> HttpResponse:
    form = RequestUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        made = receive_requests([each.values for each in form.checked])
        words = _("%(count)s件の申請を受け付けました。カートで検索します。")
        messages.success(request, words % {"count": made})
        return redirect("rpa:requests")
    status = 422 if form.is_bound else 200
    return render(request, "rpa/requests/upload.html", {"form": form}, status=status)


@require_right(EDIT)
@require_safe
def sample(request: ShopRequest) -> HttpResponse:
    answer = HttpResponse(build_sample(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="requests.csv"'
    return answer
