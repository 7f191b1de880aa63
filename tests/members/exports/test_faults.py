"""A full disk, a stop, a killed worker: no file that is half done, and the next try works."""

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage

from jobs import runner
from jobs.extension import JobsExtension, extensions
from jobs.files import writers
from jobs.files.guard import get_next_download_time
from jobs.models import Job, JobFile
from jobs.progress import ProgressReporter
from members.exports import job as running
from members.exports import query
from members.models import Member
from operators.models import AuditEntry
from tenants.models import Tenant
from tests.conftest import Cast
from tests.extensions import hand_in
from tests.members.exports.conftest import stored, table, unpacked

Export = Callable[..., Job]
FULL_WORDS = "保存する場所がいっぱいで、ファイルを作成できませんでした。"


def fill_up(self: FileSystemStorage, name: str, content: Any) -> str:
    """Writes half of it, as a full disk does."""
    Path(self.path(name)).parent.mkdir(parents=True, exist_ok=True)
    Path(self.path(name)).write_bytes(content.read()[:100])
    raise OSError(errno.ENOSPC, "No space left on device")


def no_room(*args: Any, **kwargs: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("form", ["csv", "cp932", "xlsx"])
def test_a_full_storage(
    sakura: Tenant,
    cast: Cast,
    exported: Export,
    storage: Path,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Member.objects.create(name="花子")
    with monkeypatch.context() as full:
        full.setattr(FileSystemStorage, "_save", fill_up)
        job = exported(["name"], form)
    assert (job.state, job.note.startswith(FULL_WORDS), job.secret) == (
        "failed",
        True,
        "",
    )
    assert (
        stored(storage),
        JobFile.objects.count(),
        get_next_download_time(cast.aiko),
    ) == (
        [],
        0,
        None,
    )
    ended = AuditEntry.objects.get(action="job.ended")
    assert (ended.data["state"], ended.data["result"]) == ("failed", {})
    assert (exported(["name"], form).state, len(stored(storage))) == ("done", 1)


@pytest.mark.parametrize(
    "place",
    [
        "members.exports.job.tempfile.TemporaryFile",
        "jobs.files.writers.join_crlf_lines",
    ],
)
def test_a_full_disk_beside_the_storage(
    sakura: Tenant,
    exported: Export,
    storage: Path,
    place: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Member.objects.create(name="花子")
    monkeypatch.setattr(place, no_room)
    job = exported(["name"])
    assert (job.state, job.note.startswith(FULL_WORDS), stored(storage)) == (
        "failed",
        True,
        [],
    )


def test_the_writer_that_panics_is_understood() -> None:
    """Its temporary file is its own; when that cannot grow, it says so in words only."""
    panic = type("PanicException", (BaseException,), {})
    full = writers.translate_panic(
        panic('Os { code: 28, kind: StorageFull, message: "No space left on device" }')
    )
    assert isinstance(full, OSError)
    assert full.errno == errno.ENOSPC
    assert isinstance(
        writers.translate_panic(panic("index out of bounds")), writers.WriterStopped
    )
    assert writers.translate_panic(ValueError("x")).args == ("x",)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_stop_leaves_nothing(
    sakura: Tenant,
    exported: Export,
    storage: Path,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(5):
        Member.objects.create(name=f"{number}")

    kind = runner.get_kind(running.KIND)

    def step(job: Job) -> bool:
        runner.request_stop(job)
        return kind.step(job)

    def enter(self: ProgressReporter) -> ProgressReporter:
        self.stop = True
        return self

    stopping = replace(kind, step=step)
    members = JobsExtension("members", kinds=lambda: [stopping])
    hand_in(monkeypatch, extensions, members)
    monkeypatch.setattr(writers, "BATCH", 2)
    monkeypatch.setattr(ProgressReporter, "__enter__", enter)
    monkeypatch.setattr(ProgressReporter, "__exit__", lambda self, *error: None)
    job = exported(["name"], form)
    assert (job.state, job.done, job.result, stored(storage), job.secret) == (
        "stopped",
        0,
        {},
        [],
        "",
    )


def test_a_killed_worker_begins_again(
    sakura: Tenant, exported: Export, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while it wrote into the storage: the next one writes to the same place, once."""
    Member.objects.create(name="花子")

    class Killed(BaseException):
        pass

    def kill(path: str, file: Any) -> int:
        default_storage.save(path, ContentFile(b"half"))
        raise Killed

    with monkeypatch.context() as once:
        once.setattr(running, "store_zip", kill)
        with pytest.raises(Killed):
            exported(["name"])
    job = Job.objects.get()
    assert (job.state, JobFile.objects.count(), len(stored(storage))) == (
        "running",
        0,
        1,
    )
    runner.run_job(job.pk)
    assert table(unpacked(JobFile.objects.get())) == [["氏名"], ["花子"]]
    assert len(stored(storage)) == 1


def test_killed_after_the_file_was_stored(
    sakura: Tenant, exported: Export, storage: Path
) -> None:
    """Nothing is read a second time, and there is one file however often the job ends."""
    Member.objects.create(name="花子")
    job = exported(["name"])
    Job.objects.update(state=Job.State.RUNNING)
    written = next(storage.rglob("*.zip")).stat().st_mtime_ns
    runner.run_job(job.pk)
    assert (
        JobFile.objects.count(),
        next(storage.rglob("*.zip")).stat().st_mtime_ns,
    ) == (1, written)


def test_another_error_is_tried_again_and_leaves_nothing(
    sakura: Tenant, exported: Export, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Member.objects.create(name="花子")
    monkeypatch.setattr(query, "_build_joins", lambda joins, count: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        exported(["name", "tags"])
    assert (Job.objects.get().state, Job.objects.get().failures, stored(storage)) == (
        "running",
        1,
        [],
    )
