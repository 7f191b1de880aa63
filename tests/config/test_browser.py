"""What the browser tests need is installed where that may be, and named where it may not."""

from collections.abc import Iterator

import pytest

from scripts import browser


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, ...]]]:
    """A Debian without anything, and what it is asked to install."""
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(browser, "found", lambda: None)
    monkeypatch.setattr(browser, "driver_starts", lambda: False)
    monkeypatch.setattr(browser, "has_japanese_font", lambda: False)
    monkeypatch.setattr(browser.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(browser, "apt_get", lambda *words: calls.append(words))
    browser.chromium.cache_clear()
    yield calls
    browser.chromium.cache_clear()


def test_root_installs_it(
    asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    with pytest.raises(RuntimeError):
        browser.chromium()
    assert [words[-1] for words in asked] == [
        "update",
        "chromium-headless-shell",
        "fontconfig",
        "libatomic1",
        "chromium",
    ]


def test_others_are_told_what_to_install(
    asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser.os, "geteuid", lambda: 1000)
    with pytest.raises(RuntimeError) as refused:
        browser.chromium()
    assert asked == []
    first, second, *_rest = str(refused.value).splitlines()
    assert first == "The browser tests lack: a Chromium that starts, libatomic."
    packages = "chromium-headless-shell fonts-noto-cjk fontconfig libatomic1"
    assert second.startswith(f"Debian: `apt-get install {packages}`")


def test_a_program_without_its_libraries_is_none() -> None:
    assert [browser.starts(program) for program in ("true", "false")] == [True, False]
