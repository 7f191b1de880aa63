import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pyzipper
from django.core.files.storage import default_storage

from jobs import runner
from jobs.models import Job, JobFile
from members.exports.request import request_export
from members.models import Member
from tenants.models import Tenant
from tests.conftest import Cast

SECRET = "Himitsu-2026!"
REASON = "12月のDM発送の名簿を作るため"


@pytest.fixture(autouse=True)
def storage(tmp_path: Path, settings: Any) -> Path:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        },
    }
    return tmp_path / "files"


def stored(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def unpacked(file: JobFile, password: str = SECRET) -> bytes:
    with default_storage.open(file.path) as kept, pyzipper.AESZipFile(kept) as archive:
        archive.setpassword(password.encode())
        return bytes(archive.read(archive.namelist()[0]))


def table(content: bytes, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline="")))


@pytest.fixture
def exported(sakura: Tenant, cast: Cast) -> Callable[..., Job]:
    """Asks for those members (default: all) and does the job."""

    def export(
        columns: list[str], form: str = "csv", members: list[Member] | None = None
    ) -> Job:
        ids = [
            member.pk
            for member in (members if members is not None else Member.objects.all())
        ]
        selection = {"ids": ids, "deleted": False, "count": len(ids)}
        job = request_export(cast.aiko, selection, columns, form, REASON, SECRET)
        runner.run_job(job.pk)
        job.refresh_from_db()
        return job

    return export
