"""The job that writes the file: one step, from one moment of the database to one file in the storage.

A job that was killed anywhere begins again and writes to the same path. Two workers on one job take turns, and the
second one finds the work done.
"""

import shutil
import tempfile
from dataclasses import dataclass, field
from typing import IO, Any

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.files.encrypted_zip import (
    fail_job_on_full_disk,
    open_encrypted_zip,
    store_zip,
)
from jobs.files.store import record_job_file
from jobs.files.writers import write_csv, write_xlsx
from jobs.models import Job
from jobs.params import read_params
from jobs.progress import JobStopped, ProgressReporter
from jobs.runner import LOCK_CLASS, JobFailed, Kind
from members.attributes.member_field import Column
from members.conditions.tree import BadCondition
from members.exports.columns import build_export_resource, list_export_columns
from members.exports.query import copy_export_rows
from members.listing.selection import Selection, select_members
from members.models import Member
from operators.roles import EXPORT
from tenants.pg.replica import read_from_replica

KIND = "members.export"
# As many members as we promise; a sheet of a spreadsheet holds little more.
MOST_MEMBERS = 1_000_000
ENCODINGS = {"csv": "utf-8-sig", "cp932": "cp932"}


@dataclass(frozen=True)
class ExportParams:
    """``columns``: their names, in order; ``format``: csv, cp932 or xlsx; ``reason``: why, in the operator's words."""

    selection: Selection = field(metadata={"used": Member})
    columns: list[str]
    format: str
    reason: str


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
                with translation.override(
                    job.operator.language if job.operator else "ja"
                ):
                    job.result = _write_file(job)
                # Saved while the lock is still held, so that the next worker sees that the file is there.
                job.save(update_fields=["result"])
    except JobStopped:
        job.done = 0
        return False
    job.done = job.total = job.result["rows"]
    return True


def _write_file(job: Job) -> dict[str, Any]:
    """Write the rows into the stored file, and return the numbers of the outcome."""
    default_storage.delete(get_export_path(job))  # of a worker that was killed
    chosen = _select_columns(job)
    with ProgressReporter(job) as watch, tempfile.TemporaryFile() as file:
        form = read_params(job, ExportParams).format
        with open_encrypted_zip(
            file,
            f"{_build_file_stem(job)}.{'xlsx' if form == 'xlsx' else 'csv'}",
            job.secret,
            form != "xlsx",
        ) as out:
            outcome = _write_rows(job, chosen, out, watch)
        size = store_zip(get_export_path(job), file)
    return {"rows": watch.done, "bytes": size, **outcome}


def _write_rows(
    job: Job, chosen: list[Column], out: IO[bytes], watch: ProgressReporter
) -> dict[str, Any]:
    headings = build_export_resource(chosen).get_export_headers()
    params = read_params(job, ExportParams)
    xlsx = params.format == "xlsx"
    try:
        members = select_members(params.selection)
    except BadCondition as error:
        raise JobFailed(
            _(
                "条件を読み取れません。会員リストで条件を選び直して、もう一度実行してください。"
            )
        ) from error
    with (
        read_from_replica(caught_up=True),
        copy_export_rows(
            members, chosen, job.total, formulas=xlsx, form="text" if xlsx else "csv"
        ) as copy,
    ):
        if not xlsx:
            return write_csv(
                copy or (), headings, out, ENCODINGS[params.format], watch.tick
            )
        # Without a name, so that a killed worker leaves nothing that can be read.
        with tempfile.TemporaryFile() as book:
            write_xlsx(
                copy.rows() if copy else (), headings, _("会員"), book, watch.tick
            )
            shutil.copyfileobj(book, out, 1024 * 1024)
    return {}


def _select_columns(job: Job) -> list[Column]:
    """Return the requested columns that still exist."""
    there = list_export_columns()
    names = read_params(job, ExportParams).columns
    return [there[name] for name in names if name in there]


def get_export_path(job: Job) -> str:
    return f"exports/{job.tenant_id}/{job.public_id}.zip"


def _build_file_stem(job: Job) -> str:
    """Return the file's name without its ending, after the time of the request: 会員_20261122_1430."""
    return _("会員") + f"_{timezone.localtime(job.created_at):%Y%m%d_%H%M}"


# ---------------------------------------------------------------- the end
def _finish_export(job: Job) -> None:
    """Record the file of a job that is done; delete that of any other."""
    if job.state != Job.State.DONE:
        default_storage.delete(get_export_path(job))
        return
    with translation.override(job.operator.language if job.operator else "ja"):
        record_job_file(
            job,
            f"{_build_file_stem(job)}.zip",
            get_export_path(job),
            job.result["bytes"],
        )


def _get_export_title(job: Job) -> str:
    return _("会員データの書き出し")


def _describe_export(job: Job) -> list[str]:
    if job.state != Job.State.DONE:
        return []
    said = [_("会員%(n)s名を書き出しました。") % {"n": f"{job.result['rows']:,}"}]
    asked = read_params(job, ExportParams).selection["count"]
    if asked != job.result["rows"]:
        words = _(
            "確認したときは%(n)s名でした。書き出すまでの間に、削除・結合または変更された会員がいます。"
        )
        said.append(words % {"n": f"{asked:,}"})
    if job.result.get("replaced_rows"):
        words = _(
            "%(n)s名の会員で、Shift_JISにない文字（%(signs)s）を「〓」に置き換えました。"
        )
        said.append(
            words
            % {
                "n": f"{job.result['replaced_rows']:,}",
                "signs": _format_replaced_signs(job),
            }
        )
    return said


def _format_replaced_signs(job: Job) -> str:
    """Return the replaced characters, whose code points are stored in the result."""
    return " ".join(chr(int(code[2:], 16)) for code in job.result["replaced"])


EXPORTING = Kind(
    name=KIND,
    title=_get_export_title,
    step=_run_export,
    right=EXPORT,
    lines=_describe_export,
    ended=_finish_export,
    params=ExportParams,
    label=gettext_lazy("会員データの書き出し"),
    url=lambda job: reverse("members:exports"),
    guarded=True,
    atomic=False,
)
