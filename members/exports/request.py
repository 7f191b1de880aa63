"""The request for a file about members: whom it may hold. Who gets one, and when: jobs/files/guard.py."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from jobs.files.guard import DownloadRefused, FileRequest, refuse_download, request_file
from jobs.models import Job
from members.exports.job import KIND, MOST_MEMBERS, ExportParams
from members.listing.selection import Selection
from operators.models import Operator


def select_exports() -> QuerySet[Job]:
    return Job.objects.filter(kind=KIND)


def check_export_allowed(operator: Operator, count: int) -> None:
    """Raise DownloadRefused when there is a reason not to begin."""
    refuse_download(operator)
    if count > MOST_MEMBERS:
        raise DownloadRefused(
            _(
                "一度に書き出せるのは100万名までです。条件で絞り込んでから、もう一度書き出してください。"
            )
        )
    if not count:
        raise DownloadRefused(
            _("書き出す会員がいません。条件を変えてから、もう一度書き出してください。")
        )


def request_export(
    operator: Operator,
    selection: Selection,
    columns: list[str],
    form: str,
    reason: str,
    password: str,
) -> Job:
    """Start an export, after a line in the audit log.

    ``form``: csv, cp932 or xlsx. Raises DownloadRefused.
    """
    check_export_allowed(operator, selection["count"])
    params = ExportParams(selection, columns, form, reason)
    asked = FileRequest(KIND, params, selection["count"], password)
    return request_file(
        operator,
        asked,
        "members.exported",
        condition=selection.get("condition"),
        ids=selection.get("ids"),
        count=selection["count"],
        columns=columns,
        format=form,
    )
