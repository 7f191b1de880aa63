"""A full disk: cause and remedy in words, no half of a file left in the open, and the next try works."""

import errno
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import connection
from django.db.utils import OperationalError
from django.test import Client
from psycopg.errors import DiskFull

from jobs import runner, uploads
from members.imports import pages
from members.imports.check import check
from members.imports.load import load
from members.imports.read import csv_reader
from members.imports.read import upload as keeping
from members.models import Member, MemberImport
from tenants.models import Tenant
from tests.members.imports.conftest import guessed, page, upload
from tests.members.imports.test_refusals import workbook

Check = Callable[..., MemberImport]
WORDS = (
    "保存する場所がいっぱいで、ファイルを受け取れませんでした。途中のファイルは削除しました。"
    "システム管理者に空き容量の確保を依頼してから、もう一度実行してください。"
)
STOPPED = (
    "保存する場所がいっぱいで、途中で止まりました。"
    "システム管理者に空き容量の確保を依頼してから、もう一度実行してください。"
)
FILE = "氏名,メール\r\n山田,a@example.jp\r\n"


def fill_up(self: FileSystemStorage, name: str, content: Any) -> str:
    """Writes half of it, as a full disk does."""
    Path(self.path(name)).parent.mkdir(parents=True, exist_ok=True)
    Path(self.path(name)).write_bytes(content.read()[:10])
    raise OSError(errno.ENOSPC, "No space left on device")


def no_room(*args: Any, **kwargs: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def stored(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.fixture
def storage(settings: Any, tmp_path: Path) -> Path:
    storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path},
    }
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    return tmp_path


def refused(answer: Any) -> tuple[int, list[str]]:
    return answer.status_code, answer.context["form"].errors["file"]


def test_a_full_storage(
    sakura: Tenant, ed: Client, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(FileSystemStorage, "_save", fill_up)
        assert refused(upload(ed, FILE)) == (422, [WORDS])
    assert (stored(storage), MemberImport.objects.count()) == ([], 0)
    assert (upload(ed, FILE).status_code, len(stored(storage))) == (302, 1)


@pytest.mark.parametrize(
    "place", ["normalize.files.encodings", "normalize.files.workbooks"]
)
def test_a_full_disk_beside_the_storage(
    sakura: Tenant,
    ed: Client,
    storage: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    monkeypatch.setattr(f"members.{place}.TemporaryFile", no_room)
    data = (
        FILE.encode()
        if place == "normalize.files.encodings"
        else workbook(["メール"], ["a@example.jp"])
    )
    assert refused(upload(ed, data, "a.csv")) == (422, [WORDS])
    assert (stored(storage), MemberImport.objects.count()) == ([], 0)


def test_a_full_database_leaves_no_file(
    sakura: Tenant, ed: Client, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("could not extend file") from DiskFull(
            "could not extend file"
        )

    monkeypatch.setattr(keeping, "wake", full)
    assert refused(upload(ed, FILE)) == (422, [WORDS])
    assert (stored(storage), MemberImport.objects.count()) == ([], 0)


def test_a_full_disk_while_the_upload_comes_in(
    sakura: Tenant,
    ed: Client,
    storage: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The real device that is always full."""
    made = TemporaryUploadedFile.__init__

    def onto_full(self: Any, *args: Any, **kwargs: Any) -> None:
        made(self, *args, **kwargs)
        self.file = Path("/dev/full").open("r+b", buffering=0)  # noqa: SIM115

    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    with monkeypatch.context() as full:
        full.setattr(TemporaryUploadedFile, "__init__", onto_full)
        assert refused(upload(ed, FILE)) == (422, [WORDS])
    assert upload(ed, FILE).status_code == 302


def test_a_request_that_is_too_long_is_not_written_anywhere(
    sakura: Tenant,
    ed: Client,
    storage: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)
    monkeypatch.setattr("members.screens.imports.forms.MOST_BYTES", 1000)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", no_room)
    assert refused(upload(ed, FILE * 100)) == (
        422,
        ["ファイルが大きすぎます（0MB）。0MB以下のファイルに分けてください。"],
    )
    assert csv_reader.MOST_BYTES < 320 << 20


def test_no_room_for_the_rows_of_a_workbook(
    sakura: Tenant, ed: Client, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        upload(
            ed, workbook(["氏名", "メール"], ["山田", "a@example.jp"]), "a.xlsx"
        ).status_code
        == 302
    )
    source = MemberImport.objects.get()
    with monkeypatch.context() as full:
        full.setattr(FileSystemStorage, "_save", fill_up)
        ed.post(page(source, "columns/"), guessed(source))
    source.refresh_from_db()
    assert (source.state, source.note) == ("failed", STOPPED)
    assert [path.suffix for path in stored(storage)] == [".xlsx"]
    ed.post(page(source, "columns/"), guessed(source))
    source.refresh_from_db()
    assert (source.state, source.counts["new"]) == ("checked", 1)


@pytest.mark.parametrize(
    ("job", "module", "place"),
    [("check", check, "_store_batch"), ("load", load, "load_part")],
)
def test_a_full_database_stops_a_job_in_words(
    sakura: Tenant,
    ed: Client,
    checked: Check,
    monkeypatch: pytest.MonkeyPatch,
    job: str,
    module: Any,
    place: str,
) -> None:
    """The step is taken back whole; with room again the work goes on."""

    def full(*args: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "DO $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$"
            )

    source = checked(FILE)
    before = Member.objects.count()
    address, sent = (
        (page(source, "load/"), {})
        if job == "load"
        else (page(source, "columns/"), guessed(source))
    )
    with monkeypatch.context() as filled:
        filled.setattr(module, place, full)
        ed.post(address, sent)
    source.refresh_from_db()
    assert (source.state, source.note.startswith(STOPPED), Member.objects.count()) == (
        "done" if job == "load" else "failed",
        True,
        before,
    )
    if job == "load":
        assert source.job
        runner.resume_job(source.job)
        runner.run_job(source.job.pk)
        assert Member.objects.count() == before + 1


def test_no_room_for_the_wrong_rows(
    sakura: Tenant, ed: Client, checked: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = checked("メール,電話番号\r\n,abc\r\n")
    monkeypatch.setattr(pages, "TemporaryFile", no_room)
    answer = ed.post(page(source, "wrong/"), follow=True)
    assert [str(message) for message in answer.context["messages"]] == [WORDS]
