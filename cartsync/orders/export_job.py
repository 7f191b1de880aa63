"""The file of orders: asked for on the list, written by a job from one moment of the database, encrypted.

Its params hold the list's address (keys, no personal data) and the last order there was when it was asked for.
"""

import shutil
import tempfile
from dataclasses import dataclass
from typing import IO, Any

from django.core.exceptions import EmptyResultSet
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cartsync.models import CartOrder
from cartsync.orders.columns import build_order_statement, list_order_headings
from cartsync.orders.select import build_query_q
from jobs.files.encrypted_zip import (
    fail_job_on_full_disk,
    open_encrypted_zip,
    store_zip,
)
from jobs.files.guard import DownloadRefused, FileRequest, request_file
from jobs.files.store import record_job_file
from jobs.files.writers import write_csv, write_xlsx
from jobs.models import Job
from jobs.params import read_params
from jobs.progress import JobStopped, ProgressReporter
from jobs.runner import LOCK_CLASS, JobFailed, Kind
from operators.models import Operator
from operators.roles import EXPORT
from tenants.pg.replica import read_from_replica

KIND = "cartsync.orders_export"
# A sheet of a spreadsheet holds little more.
MOST_ORDERS = 1_000_000
ENCODINGS = {"csv": "utf-8-sig", "cp932": "cp932"}


@dataclass(frozen=True)
class OrderFileParams:
    """``query``: the list's address; ``newest``: the last order there was; ``reason``: the operator's words."""

    query: str
    newest: int
    format: str
    reason: str


def request_order_file(
    operator: Operator,
    query: str,
    total: int,
    form: str,
    reason: str,
    password: str,
) -> Job:
    """Start the job that writes these orders into a file, after a line in the audit log. Raise DownloadRefused."""
    if total > MOST_ORDERS:
        raise DownloadRefused(
            _(
                "一度に書き出せるのは100万件までです。条件で絞り込んでから、もう一度書き出してください。"
            )
        )
    newest = CartOrder.objects.aggregate(newest=Max("pk"))["newest"] or 0
    params = OrderFileParams(query, newest, form, reason)
    asked = FileRequest(KIND, params, total, password)
    return request_file(
        operator, asked, "orders.exported", count=total, format=form, query=query
    )


def _run_export(job: Job) -> bool:
    try:
        with transaction.atomic(), fail_job_on_full_disk():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_xact_lock(%s, %s::bigint::bit(32)::int)",
                    [LOCK_CLASS, job.pk],
                )
            job.refresh_from_db(fields=["result"])
            if not job.result:
                with translation.override(get_job_language(job)):
                    job.result = _write_file(job)
                # Saved while the lock is still held, so that the next worker sees that the file is there.
                job.save(update_fields=["result"])
    except JobStopped:
        job.done = 0
        return False
    job.done = job.total = job.result["rows"]
    return True


def get_job_language(job: Job) -> str:
    return job.operator.language if job.operator else "ja"


def _write_file(job: Job) -> dict[str, Any]:
    """Write the rows into the stored file, and return the numbers of the outcome."""
    default_storage.delete(get_order_file_path(job))  # of a worker that was killed
    form = read_params(job, OrderFileParams).format
    with ProgressReporter(job) as watch, tempfile.TemporaryFile() as file:
        name = f"{_build_file_stem(job)}.{'xlsx' if form == 'xlsx' else 'csv'}"
        with open_encrypted_zip(file, name, job.secret, form != "xlsx") as out:
            outcome = _write_rows(job, out, watch)
        size = store_zip(get_order_file_path(job), file)
    return {"rows": watch.done, "bytes": size, **outcome}


def _write_rows(job: Job, out: IO[bytes], watch: ProgressReporter) -> dict[str, Any]:
    params = read_params(job, OrderFileParams)
    xlsx = params.format == "xlsx"
    headings = list_order_headings()
    rows = CartOrder.objects.filter(build_query_q(params.query)).values_list("pk")
    try:
        found, found_values = rows.order_by().query.get_compiler("default").as_sql()
    except EmptyResultSet:  # what the list was narrowed by is gone
        raise JobFailed(
            _(
                "条件に合う受注がありません。受注リストで条件を選び直して、もう一度書き出してください。"
            )
        ) from None
    sql, values = build_order_statement(
        found, list(found_values), params.newest, formulas=xlsx
    )
    form = "text" if xlsx else "csv"
    with (
        read_from_replica(caught_up=True),
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT {form})", values) as copy,
    ):
        if not xlsx:
            return write_csv(copy, headings, out, ENCODINGS[params.format], watch.tick)
        # Without a name, so that a killed worker leaves nothing that can be read.
        with tempfile.TemporaryFile() as book:
            write_xlsx(copy.rows(), headings, _("受注"), book, watch.tick)
            shutil.copyfileobj(book, out, 1024 * 1024)
    return {}


def get_order_file_path(job: Job) -> str:
    return f"exports/{job.tenant_id}/{job.public_id}.zip"


def _build_file_stem(job: Job) -> str:
    """Return the file's name without its ending, after the time of the request: 受注_20261122_1430."""
    return _("受注") + f"_{timezone.localtime(job.created_at):%Y%m%d_%H%M}"


def _finish_export(job: Job) -> None:
    """Record the file of a job that is done; delete that of any other."""
    if job.state != Job.State.DONE:
        default_storage.delete(get_order_file_path(job))
        return
    with translation.override(get_job_language(job)):
        name, path = f"{_build_file_stem(job)}.zip", get_order_file_path(job)
        record_job_file(job, name, path, job.result["bytes"])


def _describe_export(job: Job) -> list[str]:
    if job.state != Job.State.DONE:
        return []
    return [_("受注%(n)s件を書き出しました。") % {"n": f"{job.result['rows']:,}"}]


EXPORTING = Kind(
    name=KIND,
    title=lambda job: _("受注の書き出し"),
    step=_run_export,
    right=EXPORT,
    lines=_describe_export,
    ended=_finish_export,
    params=OrderFileParams,
    label=gettext_lazy("受注の書き出し"),
    guarded=True,
    atomic=False,
)
