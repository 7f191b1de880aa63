"""Downloading what a job made, until it expires."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from jobs import runner
from jobs.extension import JobsExtension, extend_jobs, extensions
from jobs.files.store import delete_expired_files, record_job_file
from jobs.models import Job, JobFile
from operators.models import AuditEntry, Seat
from operators.roles import EXPORT
from tenants.models import Tenant, Wakeup
from tests.conftest import Cast

Make = Callable[[], JobFile]


@pytest.fixture
def made(
    sakura: Tenant, cast: Cast, tmp_path: Path, settings: Any
) -> Iterator[JobFile]:
    backend = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path},
    }
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    kind = runner.Kind(
        "test.file", title=lambda job: "x", step=lambda job: True, right=EXPORT
    )
    extend_jobs(JobsExtension("test", kinds=lambda: [kind]))
    job = Job.objects.create(kind="test.file", operator=cast.aiko, state=Job.State.DONE)
    path = default_storage.save("exports/a.zip", ContentFile(b"secret"))
    yield record_job_file(job, "会員_20261122_1430.zip", path, 6)
    del extensions["test"]


def url(file: JobFile) -> str:
    return f"/t/sakura/files/{file.public_id}/"


def test_each_download_is_counted_and_written_down(made: JobFile, aiko: Client) -> None:
    answer = aiko.post(url(made))
    assert b"".join(answer.streaming_content) == b"secret"  # type: ignore[arg-type]
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename*=utf-8''%E4%BC%9A%E5%93%A1_20261122_1430.zip"
    )
    assert (
        answer.headers["Cache-Control"],
        answer.headers["X-Content-Type-Options"],
    ) == ("no-store", "nosniff")
    aiko.post(url(made))
    made.refresh_from_db()
    assert made.downloads == 2
    assert [entry.action for entry in AuditEntry.objects.all()] == [
        "file.downloaded"
    ] * 2


def test_looking_is_no_download(made: JobFile, aiko: Client) -> None:
    answer = aiko.get(url(made))
    assert answer.headers["Location"] == f"/t/sakura/jobs/{made.job.public_id}/"
    made.refresh_from_db()
    assert made.downloads == 0


def test_the_right_is_asked_anew(
    made: JobFile, aiko: Client, ed: Client, oscar: Client, cast: Cast
) -> None:
    assert [client.post(url(made)).status_code for client in (ed, oscar)] == [403, 404]
    Seat.objects.filter(operator=cast.aiko).update(role=Seat.Role.STAFF)
    assert aiko.post(url(made)).status_code == 403
    assert not AuditEntry.objects.exists()


def test_it_goes_after_three_days(made: JobFile, aiko: Client, tmp_path: Path) -> None:
    assert abs(made.expires_at - made.created_at - timedelta(hours=72)) < timedelta(
        seconds=5
    )
    assert delete_expired_files() == made.expires_at
    assert Wakeup.objects.get(kind="jobs.tidy_files").due_at == made.expires_at
    JobFile.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert aiko.post(url(made)).status_code == 302, "expired, though it is still there"
    assert delete_expired_files() is None
    made.refresh_from_db()
    assert (made.path, list(tmp_path.rglob("*.zip"))) == ("", [])
    assert delete_expired_files() is None
    assert [entry.action for entry in AuditEntry.objects.all()] == ["file.expired"]
