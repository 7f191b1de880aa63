"""Who gets a file with customers' data: one guard for every kind of such file.

The operator has the right, gives a reason and a password that opens the file, and gets one file in 30 minutes, whatever
kind it is of. The line in the audit log comes before anything is read.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs import runner
from jobs.files.passwords import clean_password
from jobs.models import Job
from operators import audit
from operators.models import Operator, Seat
from operators.roles import PERSONAL
from tenants.models import Tenant
from tenants.scope import get_current_tenant_id

PAUSE = timedelta(minutes=30)
SHORTEST_REASON, LONGEST_REASON = 10, 200


class DownloadRefused(Exception):
    """The operator must wait, or ask for something else; the message says so."""


class Reasoned(Protocol):
    """The params of a job that makes such a file say why."""

    @property
    def reason(self) -> str: ...


@dataclass(frozen=True)
class FileRequest:
    """What an operator asks for: ``kind`` names a job (runner.Kind with ``guarded``), ``total`` counts its rows.

    ``params``: those of the kind, with the operator's reason among them. ``password``: opens the file.
    """

    kind: str
    params: Reasoned
    total: int
    password: str


def list_guarded_jobs() -> QuerySet[Job]:
    """Return the shop's jobs that made, or are making, a file with customers' data."""
    kinds = [kind.name for kind in runner.list_kinds() if kind.guarded]
    return Job.objects.filter(kind__in=kinds)


def get_next_download_time(operator: Operator) -> datetime | None:
    """Return when this operator may ask for a file again, 30 minutes after the last success, or None for now."""
    done = list_guarded_jobs().filter(operator=operator, state=Job.State.DONE)
    last = done.order_by("-finished_at").first()
    again = last.finished_at + PAUSE if last and last.finished_at else None
    return again if again and again > timezone.now() else None


def refuse_download(operator: Operator) -> None:
    """Raise DownloadRefused while the operator must wait, for the pause or for a file that is being made."""
    if again := get_next_download_time(operator):
        raise DownloadRefused(
            _("ファイルの書き出しは30分に1回です。次は%(time)sから書き出せます。")
            % {"time": f"{timezone.localtime(again + timedelta(minutes=1)):%H:%M}"}
        )
    open_jobs = list_guarded_jobs().filter(operator=operator)
    if open_jobs.exclude(state__in=Job.ENDED).exists():
        raise DownloadRefused(
            _(
                "前の書き出しがまだ処理中です。終わるのを待つか、処理の一覧で停止してください。"
            )
        )


def clean_reason(reason: str) -> str:
    """Return the reason if it says enough. Raise ValidationError, cause and remedy in words."""
    if len(reason) < SHORTEST_REASON:
        words = _(
            "理由が短すぎます（いま%(given)s文字）。何のために書き出すかを、10文字以上で入力してください。"
        )
        raise ValidationError(words % {"given": len(reason)}, code="min_length")
    return reason


@transaction.atomic
def request_file(
    operator: Operator, asked: FileRequest, action: str, **details: Any
) -> Job:
    """Start the job that makes the file, after the line ``action`` with ``details`` and the reason in the audit log.

    Raise DownloadRefused, PermissionDenied without the right of the job's kind, and ValidationError for a reason or a
    password that a form should have refused.
    """
    # One after the other: of two requests at the same time the second finds the job of the first.
    seat = Seat.objects.select_for_update().get(operator=operator)
    if not seat.can(runner.get_kind(asked.kind).right):
        raise PermissionDenied
    if not seat.can(PERSONAL):
        raise PermissionDenied(
            _(
                "会員データのファイルには「個人情報の表示」の権限も必要です。オーナーか店長に権限の変更を依頼してください。"
            )
        )
    refuse_download(operator)
    clean_reason(asked.params.reason)
    shop = Tenant.objects.get(pk=get_current_tenant_id())
    clean_password(asked.password, shop.export_password_length)
    audit.record_action(action, None, reason=asked.params.reason, **details)
    return runner.start_job(
        asked.kind, operator, asked.params, total=asked.total, secret=asked.password
    )
