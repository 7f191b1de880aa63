"""Files with customers' data: one in 30 minutes for an operator, whatever kind it is of, and audited first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from jobs import runner
from jobs.extension import JobsExtension, extensions
from jobs.files.guard import (
    DownloadRefused,
    FileRequest,
    get_next_download_time,
    refuse_download,
    request_file,
)
from jobs.models import Job
from operators.models import AuditEntry, Operator
from operators.roles import EXPORT
from tenants.models import Tenant
from tests.conftest import Cast
from tests.extensions import hand_in

REASON, PASSWORD = "12月のDM発送の名簿を作るため", "Himitsu-2026!"
Ask = Callable[..., Job]


@dataclass(frozen=True)
class FileParams:
    a: int
    reason: str


@pytest.fixture
def ask(sakura: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Ask for a file of one of two kinds."""
    kinds = [
        runner.Kind(
            name,
            title=lambda job: "x",
            step=lambda job: True,
            right=EXPORT,
            params=FileParams,
            guarded=True,
        )
        for name in ("test.orders", "test.answers")
    ]
    given = JobsExtension("test", kinds=lambda: kinds)
    hand_in(monkeypatch, extensions, given)

    def request(operator: Operator, kind: str = "test.orders", **changed: Any) -> Job:
        values = {"reason": REASON, "password": PASSWORD, **changed}
        params = FileParams(1, values["reason"])
        asked = FileRequest(kind, params, 2_000_000, values["password"])
        return request_file(operator, asked, "test.exported", columns=["name"])

    yield request


def test_the_audit_log_comes_first(ask: Ask, cast: Cast) -> None:
    job = ask(cast.aiko)
    assert (job.params, job.secret, job.total) == (
        {"a": 1, "reason": REASON},
        PASSWORD,
        2_000_000,
    )
    first = AuditEntry.objects.order_by("pk").first()
    assert first and (first.action, first.data) == (
        "test.exported",
        {"columns": ["name"], "reason": REASON},
    )


def test_the_pause_counts_every_kind(ask: Ask, cast: Cast) -> None:
    job = ask(cast.aiko)
    with pytest.raises(DownloadRefused, match="まだ処理中です"):
        ask(cast.aiko, "test.answers")
    finished = timezone.now()
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, finished_at=finished)
    with pytest.raises(DownloadRefused, match="30分に1回です"):
        ask(cast.aiko, "test.answers")
    assert get_next_download_time(cast.aiko) == finished + timedelta(minutes=30)
    earlier = finished - timedelta(minutes=30)
    Job.objects.filter(pk=job.pk).update(finished_at=earlier)
    assert ask(cast.aiko, "test.answers").kind == "test.answers"


def test_other_jobs_do_not_count(ask: Ask, cast: Cast) -> None:
    Job.objects.create(
        kind="members.import",
        operator=cast.aiko,
        state=Job.State.DONE,
        finished_at=timezone.now(),
    )
    refuse_download(cast.aiko)
    assert get_next_download_time(cast.aiko) is None


def test_without_the_right_there_is_nothing(ask: Ask, cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        ask(cast.vic)
    assert (Job.objects.count(), AuditEntry.objects.count()) == (0, 0)


@pytest.mark.parametrize("changed", [{"reason": "名簿"}, {"password": "abc"}])
def test_no_file_without_a_reason_and_a_password(
    ask: Ask, cast: Cast, changed: dict[str, str]
) -> None:
    with pytest.raises(ValidationError):
        ask(cast.aiko, **changed)
    assert (Job.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_members_are_guarded(sakura: Tenant) -> None:
    assert runner.get_kind("members.export").guarded
