"""Finding a Chromium for the browser tests, and installing one where that is possible."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

# The one without a window first: the tests take a quarter less of the time by it.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
DOWNLOADS = (
    "chromium_headless_shell-*/chrome-headless-shell-linux*/chrome-headless-shell",
    "chromium_headless_shell-*/chrome-linux*/headless_shell", "chromium-*/chrome-linux*/chrome",
)  # fmt: skip
ADVICE = (
    "The browser tests need a Chromium and a Japanese font: `apt-get install chromium-headless-shell fonts-noto-cjk` "
    "(or set CHROMIUM to the path of one)."
)


def found() -> str | None:
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        if name and (path := shutil.which(name)):
            return path
    folder = Path("~/.cache/ms-playwright").expanduser()
    newest = (sorted(folder.glob(pattern))[-1:] for pattern in DOWNLOADS)
    return next((str(path) for paths in newest for path in paths), None)


def has_japanese_font() -> bool:
    listed = (
        subprocess.run(["fc-list", ":lang=ja"], capture_output=True, check=False)
        if shutil.which("fc-list")
        else None
    )
    return bool(listed and listed.stdout)


def install() -> None:
    """By the system's packages where we may, else by Playwright's own download."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
            "check": False,
        }
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=environment, **quiet)  # type: ignore[call-overload]
        for packages in (
            ["fonts-noto-cjk", "fontconfig"],
            ["chromium-headless-shell"],
            ["chromium"],
        ):
            if packages != ["chromium"] or not found():
                subprocess.run(
                    ["apt-get", "install", "-y", "-qq", *packages],
                    env=environment,
                    **quiet,
                )  # type: ignore[call-overload]
    else:
        import sys

        subprocess.run(
            [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"],
            check=False,
        )


@cache
def chromium() -> str:
    """The path of a Chromium; raises RuntimeError with one line of advice."""
    if not found() or not has_japanese_font():
        install()
    path = found()
    if not path:
        raise RuntimeError(ADVICE)
    return path
