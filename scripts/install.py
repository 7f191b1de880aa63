"""`python3 -m scripts.install app dev`: a virtual environment and the pinned packages of requirements/*.txt in it.

Runs in the machine's own Python, of any version from 3.8 on: one older than we need is told so, too. The virtual
environment has no pip: Debian's Python has no ensurepip, and the pip outside installs into it as well.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
NEEDED = (3, 11)
TOO_OLD = """
{python} is Python {version}; Tsunagi needs 3.11 or later. Where another is installed, name it:

  PYTHON=python3.12 make run
"""
NO_PIP = """
{python} has no pip. Install it (Debian, Ubuntu: `apt-get install python3-pip`), or name another Python:

  PYTHON=python3.12 make run
"""
# Every pin is written down: there is nothing to resolve. Compiling all that is installed takes longer than compiling
# what is used, once, below var/.
PIP = "--disable-pip-version-check --progress-bar off --no-compile --no-deps --require-hashes"


def find_trouble() -> str:
    """Return what is wrong with this Python, or ''."""
    if sys.version_info < NEEDED:
        version = ".".join(map(str, sys.version_info[:3]))
        return TOO_OLD.format(python=sys.executable, version=version)
    asked = [sys.executable, "-m", "pip", "--version"]
    if subprocess.run(
        asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    ).returncode:
        return NO_PIP.format(python=sys.executable)
    return ""


def is_stale(name: str) -> bool:
    """Return whether the packages of this file are not installed, or those of an earlier text of it."""
    ready = VENV / f"{name}.ready"
    return not ready.exists() or ready.stat().st_mtime < pins(name).stat().st_mtime


def pins(name: str) -> Path:
    return ROOT / "requirements" / f"{name}.txt"


class Installing:
    """One pip at work on one file: how many packages it has fetched, and all it said."""

    def __init__(self, name: str) -> None:
        self.name, self.fetched = name, 0
        self.said: list[str] = []
        self.whole = pins(name).read_text().count("==")
        command = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(VENV / "bin" / "python"),
            "install",
            *PIP.split(),
        ]
        self.process = subprocess.Popen(
            [*command, "-r", str(pins(name))],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self.listen, daemon=True)
        self.reader.start()

    def listen(self) -> None:
        for line in self.process.stdout or ():
            self.said.append(line)
            self.fetched += line.startswith(("Collecting ", "Requirement already"))

    def is_running(self) -> bool:
        return self.reader.is_alive()

    def finish(self) -> None:
        """Mark the file as installed, or end with what pip said."""
        if self.process.wait():
            sys.exit(
                "".join(self.said[-30:]) + "\nThe packages could not be installed."
            )
        (VENV / f"{self.name}.ready").touch()


def count_packages() -> int:
    return sum(1 for _ in VENV.glob("lib/python*/site-packages/*.dist-info"))


def install(names: list[str]) -> None:
    """Install the files' packages, all files at once: two cores do it in little more than half the time."""
    from scripts.progress import show_step

    if not (VENV / "bin" / "python").exists():
        venv.create(VENV, with_pip=False, symlinks=True)
    before = count_packages()
    with show_step("Packages") as tell:
        running = [Installing(name) for name in names]
        whole = sum(each.whole for each in running)
        while any(each.is_running() for each in running):
            fetched = sum(each.fetched for each in running)
            tell(f"{fetched} of {whole} fetched, {count_packages() - before} installed")
            running[0].reader.join(0.3)
            if not running[0].is_running():
                running[-1].reader.join(0.3)
        for each in running:
            each.finish()
        tell(f"{whole} installed")


def main() -> None:
    stale = [name for name in sys.argv[1:] if is_stale(name)]
    if stale:
        if trouble := find_trouble():
            sys.exit(trouble)
        print("Made ready once; later starts take seconds.")
        install(stale)


if __name__ == "__main__":
    main()
