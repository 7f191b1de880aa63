"""Finding a Chromium for the browser tests, and installing one where that is possible."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = (
    "The browser tests need a Chromium and a Japanese font: `apt-get install chromium fonts-noto-cjk` "
    "(or set CHROMIUM to the path of one)."
)


def found() -> str | None:
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        if name and (path := shutil.which(name)):
            return path
    downloads = sorted(Path("~/.cache/ms-playwright").expanduser().glob("chromium-*/chrome-linux*/chrome"))
    return str(downloads[-1]) if downloads else None


def has_japanese_font() -> bool:
    listed = (
        subprocess.run(["fc-list", ":lang=ja"], capture_output=True, check=False) if shutil.which("fc-list") else None
    )
    return bool(listed and listed.stdout)


def install() -> None:
    """By the system's packages where we may, else by Playwright's own download."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=environment, **quiet)  # type: ignore[call-overload]
        packages = ["chromium", "fonts-noto-cjk", "fontconfig"]
        subprocess.run(["apt-get", "install", "-y", "-qq", *packages], env=environment, **quiet)  # type: ignore[call-overload]
    else:
        import sys

        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


@cache
def chromium() -> str:
    """The path of a Chromium; raises RuntimeError with one line of advice."""
    if not found() or not has_japanese_font():
        install()
    path = found()
    if not path:
        raise RuntimeError(ADVICE)
    return path
