"""Finding a Chromium for the browser tests and what it needs, and installing what is missing where that is possible."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

# The one without a window first: the tests take a quarter less of the time by it.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
CACHES = ("~/.cache/ms-playwright", "~/Library/Caches/ms-playwright")
DOWNLOADS = (
    "chromium_headless_shell-*/chrome-headless-shell-*/chrome-headless-shell",
    "chromium_headless_shell-*/chrome-*/headless_shell",
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium",
)
ADVICE = """The browser tests lack: {missing}.
Debian: `apt-get install {packages}`, or run `make test` once as root, which does that.
Elsewhere: `.venv/bin/python -m playwright install --with-deps --only-shell chromium`, or CHROMIUM=/path/of/one."""
# What may be missing → Debian's package.
CHROMIUM, FONT, DRIVER = "a Chromium that starts", "a Japanese font", "libatomic"
PACKAGES = {
    CHROMIUM: "chromium-headless-shell",
    FONT: "fonts-noto-cjk fontconfig",
    DRIVER: "libatomic1",  # the Node.js inside Playwright does not start without it
}


def found() -> str | None:
    """Return the path of a Chromium that starts."""
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        if name and (path := shutil.which(name)) and starts(path):
            return path
    for folder in (Path(place).expanduser() for place in CACHES):
        newest = (sorted(folder.glob(pattern))[-1:] for pattern in DOWNLOADS)
        for path in (str(path) for paths in newest for path in paths):
            if starts(path):
                return path
    return None


def starts(program: str) -> bool:
    """Return whether the program finds its libraries."""
    asked = subprocess.run([program, "--version"], capture_output=True, check=False)
    return asked.returncode == 0


def has_japanese_font() -> bool:
    if sys.platform == "darwin":  # comes with several
        return True
    if not shutil.which("fc-list"):
        return False
    listed = subprocess.run(["fc-list", ":lang=ja"], capture_output=True, check=False)
    return bool(listed.stdout)


def driver_starts() -> bool:
    from playwright._impl._driver import compute_driver_executable

    return starts(compute_driver_executable()[0])


def find_missing() -> list[str]:
    there = {
        CHROMIUM: found() is not None,
        FONT: has_japanese_font(),
        DRIVER: driver_starts(),
    }
    return [what for what, is_there in there.items() if not is_there]


def install(missing: list[str]) -> None:
    """By the system's packages where we may, else by Playwright's own download."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt_get("update")
        for what in missing:
            apt_get("install", "-y", "--no-install-recommends", *PACKAGES[what].split())
        if CHROMIUM in missing and not found():
            apt_get("install", "-y", "--no-install-recommends", "chromium")
    elif CHROMIUM in missing and DRIVER not in missing:
        command = [sys.executable, "-m", "playwright", "install", "--only-shell"]
        subprocess.run([*command, "chromium"], check=False)


def apt_get(*arguments: str) -> None:
    subprocess.run(
        ["apt-get", "-qq", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )


@cache
def chromium() -> str:
    """Return the path of a Chromium; raise RuntimeError with what is missing and how to get it.

    Without a Japanese font the tests run, and their pictures show boxes.
    """
    if missing := find_missing():
        install(missing)
        missing = [what for what in find_missing() if what != FONT]
    path = found()
    if missing or not path:
        packages = " ".join(PACKAGES[what] for what in (CHROMIUM, FONT, DRIVER))
        raise RuntimeError(ADVICE.format(missing=", ".join(missing), packages=packages))
    return path


def main() -> None:
    """Make it ready before tests start: two that begin at once would both ask the system to install it."""
    try:
        chromium()
    except RuntimeError as lacking:
        print(lacking, flush=True)


if __name__ == "__main__":
    main()
