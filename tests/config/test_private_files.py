"""What is written below var/ is nobody else's: by the storage's own setting, and by the umask of each process."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.signals import beat_init, worker_init
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from config import celery, serving

ROOT = Path(settings.BASE_DIR)


@pytest.fixture
def open_umask() -> Iterator[None]:
    """A process that lets everybody read what it writes."""
    before = os.umask(0)
    yield
    os.umask(before)


def list_modes(folder: Path) -> set[tuple[str, int]]:
    return {
        ("folder" if path.is_dir() else "file", path.stat().st_mode & 0o777)
        for path in folder.rglob("*")
    }


def test_stored_files_are_private_whatever_the_umask(
    open_umask: None, tmp_path: Path
) -> None:
    given: dict[str, Any] = settings.STORAGES["default"]
    moved = {**given, "OPTIONS": {**given["OPTIONS"], "location": tmp_path}}
    storages.create_storage(moved).save("a/b/c.csv", ContentFile(b"x"))
    assert list_modes(tmp_path) == {("folder", 0o700), ("file", 0o600)}


@pytest.mark.parametrize("signal", [worker_init, beat_init])
def test_workers_and_beat_write_for_themselves_alone(
    open_umask: None, tmp_path: Path, signal: Any
) -> None:
    receivers = [receiver() for _key, receiver in signal.receivers]
    assert celery.make_files_private in receivers
    celery.make_files_private()
    (tmp_path / "file").touch()
    assert list_modes(tmp_path) == {("file", 0o600)}


def find_umasks(path: str) -> list[str]:
    tree = ast.parse((ROOT / path).read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [ast.unparse(call) for call in calls if ast.unparse(call.func) == "os.umask"]


def test_the_web_process_and_the_commands_do_too() -> None:
    assert serving.umask == 0o077
    assert find_umasks("config/run.py") == ["os.umask(63)"]
    assert find_umasks("config/backup/drill.py") == ["os.umask(63)"]
