"""What `make run` shows of its steps, on a terminal and elsewhere."""

import sys

import pytest

from scripts import install
from scripts.progress import show_step


def test_a_step_says_its_beginning_and_its_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with show_step("Tables") as tell:
        tell("1 of 2 migrations")
        tell("2 of 2 migrations")
    assert capsys.readouterr().out.splitlines() == [
        "  Tables …",
        "  Tables                    2 of 2 migrations (0 s)",
    ]


def test_on_a_terminal_the_line_moves(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with show_step("Tables") as tell:
        tell("1 of 2 migrations")
    said = capsys.readouterr().out.split("\r\033[K")
    assert [text.split() for text in said] == [
        [],
        ["Tables", "…"],
        ["Tables", "1", "of", "2", "migrations"],
        ["Tables", "1", "of", "2", "migrations", "(0", "s)"],
    ]


def test_a_step_that_fails_is_not_said_to_be_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ValueError), show_step("Tables"):
        raise ValueError
    assert capsys.readouterr().out == "  Tables …\n"


def test_an_older_python_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "NEEDED", (4, 0))
    assert "Tsunagi needs 3.11 or later" in install.find_trouble()
    assert "PYTHON=python3.12 make run" in install.find_trouble()


def test_a_python_without_pip_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "false")
    assert "apt-get install python3-pip" in install.find_trouble()
