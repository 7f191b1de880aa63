"""The request for a file: once in 30 minutes, and audited before anything is read."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs import runner
from jobs.models import Job
from members.exports.job import KIND, MOST_MEMBERS, ExportParams
from members.listing.selection import Selection
from operators import audit
from operators.models import Operator, Seat

PAUSE = timedelta(minutes=30)


class ExportRefused(Exception):
    """The operator must wait, or narrow the list; the message says so."""


def select_exports() -> QuerySet[Job]:
    return Job.objects.filter(kind=KIND)


def get_next_export_time(operator: Operator) -> datetime | None:
    """Return when this operator may export again, 30 minutes after the last success, or None for now."""
    last = (
        select_exports()
        .filter(operator=operator, state=Job.State.DONE)
        .order_by("-finished_at")
        .first()
    )
    again = last.finished_at + PAUSE if last and last.finished_at else None
    return again if again and again > timezone.now() else None


def check_export_allowed(operator: Operator, count: int) -> None:
    """Raise ExportRefused when there is a reason not to begin."""
    if again := get_next_export_time(operator):
        raise ExportRefused(
            _("会員データの書き出しは30分に1回です。次は%(time)sから書き出せます。")
            % {"time": f"{timezone.localtime(again + timedelta(minutes=1)):%H:%M}"}
        )
    if select_exports().filter(operator=operator).exclude(state__in=Job.ENDED).exists():
        raise ExportRefused(
            _(
                "前の書き出しがまだ処理中です。終わるのを待つか、処理の一覧で停止してください。"
            )
        )
    if count > MOST_MEMBERS:
        raise ExportRefused(
            _(
                "一度に書き出せるのは100万名までです。条件で絞り込んでから、もう一度書き出してください。"
            )
        )
    if not count:
        raise ExportRefused(
            _("書き出す会員がいません。条件を変えてから、もう一度書き出してください。")
        )


@transaction.atomic
def request_export(
    operator: Operator,
    selection: Selection,
    columns: list[str],
    form: str,
    reason: str,
    password: str,
) -> Job:
    """Start an export, after a line in the audit log.

    ``form``: csv, cp932 or xlsx. Raises ExportRefused.
    """
    Seat.objects.select_for_update().get(operator=operator)  # one after the other
    check_export_allowed(operator, selection["count"])
    audit.record_action(
        "members.exported", None, condition=selection.get("condition"), ids=selection.get("ids"),
        count=selection["count"], columns=columns, format=form, reason=reason,
    )  # fmt: skip
    params = ExportParams(selection, columns, form, reason)
    return runner.start_job(
        KIND, operator, params, total=selection["count"], secret=password
    )
