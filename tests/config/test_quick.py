"""What `make quick` chooses, and how `make test` is kept even."""

import json
from pathlib import Path

import pytest

from scripts import durations, quick

ROOT = quick.ROOT


def test_a_room_has_its_tests() -> None:
    tags = quick.find_tests_of("members/tags/assign.py")
    assert tags == quick.list_tests(Path("tests/members/tags"))
    assert "tests/members/tags/test_assign.py" in tags
    assert quick.find_tests_of("templates/members/tags/list.html") == tags
    assert quick.find_tests_of("members/apps.py") == quick.list_tests(
        Path("tests/members")
    )
    docs = quick.find_tests_of("README.md")
    assert "tests/config/test_docs.py" in docs
    assert quick.find_tests_of("scripts/quick.py") == docs
    assert quick.find_tests_of("tests/config/test_quick.py") == [
        "tests/config/test_quick.py"
    ]


def test_whoever_imports_it_is_touched_too() -> None:
    above = quick.find_importers(["members/tags/assign.py"])
    assert "config/demo/members.py" in above
    assert "config/layout.py" not in above


def test_what_takes_too_long_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"tests/config/test_docs.py": quick.BUDGET + 1}
    monkeypatch.setattr(quick, "read_durations", lambda: known)
    _changed, chosen, left = quick.choose_tests(["README.md", "tests/walls/world.py"])
    assert "tests/config/test_quick.py" in chosen
    assert "tests/config/test_docs.py" not in chosen
    assert left == ["tests/config", "tests/walls"]


def test_every_measured_file_is_there() -> None:
    assert [
        path for path in durations.read_durations() if not (ROOT / path).exists()
    ] == []


def test_what_did_not_run_keeps_its_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tests" / "durations.json"
    monkeypatch.setattr(durations, "FILE", file)
    for name in ("a", "b", "c"):
        (tmp_path / "tests").mkdir(exist_ok=True)
        (tmp_path / "tests" / name).touch()
    file.write_text('{"tests/a": 9.5, "tests/b": 3, "tests/gone": 4}')
    durations.write_durations({"tests/b": 7.26, "tests/c": 0.2})
    assert json.loads(file.read_text()) == {"tests/a": 9.5, "tests/b": 7.3}
