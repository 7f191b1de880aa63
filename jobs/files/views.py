"""The download of what a job made."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jobs.files.store import record_download
from jobs.models import JobFile
from jobs.runner import find_kind
from operators.rights import ShopRequest, refuse_masked, require_right
from operators.roles import RIGHT_LABELS, VIEW


@require_right(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: ShopRequest, public_id: str) -> HttpResponseBase:
    """Send the file, by POST only, because a download is counted and audited.

    The right is that of the job's kind and is checked here again.
    """
    found = get_object_or_404(
        JobFile.objects.select_related("job"), public_id=public_id
    )
    kind = find_kind(found.job.kind)
    if request.method != "POST":
        return redirect("jobs:job", found.job.public_id)
    if kind and kind.guarded:
        refuse_masked()
    if kind and not request.seat.can(kind.right):
        words = _(
            "この操作には「%(right)s」の権限が必要です。オーナーか店長に権限の変更を依頼してください。"
        )
        raise PermissionDenied(words % {"right": RIGHT_LABELS[kind.right]})
    if (
        not kind
        or not found.path
        or found.expires_at <= timezone.now()
        or not default_storage.exists(found.path)
    ):
        return redirect_expired_file(request, found)
    record_download(found)
    return FileResponse(
        default_storage.open(found.path), as_attachment=True, filename=found.name
    )


def redirect_expired_file(request: ShopRequest, found: JobFile) -> HttpResponse:
    messages.error(
        request,
        _(
            "ファイルの保存期間が過ぎたため、ダウンロードできません。必要なときは、もう一度作成してください。"
        ),
    )
    return redirect("jobs:job", found.job.public_id)
