"""`make quick`: which tests a change touches, as many as half a minute takes.

A changed file concerns the tests of its room (members/tags/… → tests/members/tags) and then those of the rooms that
import it. The walls and the browser tests are for `make test`.
"""

import ast
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from scripts.durations import estimate, read_durations

ROOT = Path(__file__).resolve().parent.parent
APPS = (
    "config", "tenants", "operators", "outbound", "console", "jobs", "members", "messaging", "forms_builder",
    "cartsync", "rpa", "helpdesk", "administration", "notifications", "sandbox", "scripts",
)  # fmt: skip
# Folders with tests under another name.
ELSEWHERE = {
    "scripts": "config",
    "docs": "config",
    "docker": "config",
    "static": "console",
}
TOO_LONG = ("tests/walls/", "tests/browser/")
# What two processes do in half a minute, in seconds of tests/durations.json.
BUDGET = 60.0


def ask_git(*words: str) -> list[str]:
    done = subprocess.run(
        ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.splitlines()


def find_changes() -> list[str]:
    """Return the files that differ from origin/main (where there is none: from the last commit), untracked ones too."""
    base = ask_git("merge-base", "HEAD", "origin/main") or ["HEAD"]
    changed = ask_git("diff", "--name-only", base[0])
    return changed + ask_git("ls-files", "--others", "--exclude-standard")


def find_tests_of(path: str) -> list[str]:
    """Return the files of tests that stand for a file: itself, or those of its room, or of its app."""
    parts = Path(path).parts
    if parts[0] == "tests":
        if Path(path).name.startswith("test_"):
            return [path] if (ROOT / path).exists() else []
        return list_tests(Path(path).parent)
    if parts[0] == "templates":
        parts = parts[1:]
    app = ELSEWHERE.get(parts[0], parts[0])
    if len(parts) == 1:  # at the top: README.md, pyproject.toml
        app = "config"
    room = Path("tests", app, *parts[1:2])
    if (ROOT / room).is_dir():
        return list_tests(room, "**/")
    return list_tests(Path("tests", app))


def list_tests(folder: Path, depth: str = "") -> list[str]:
    found = (ROOT / folder).glob(f"{depth}test_*.py")
    return sorted(str(path.relative_to(ROOT)) for path in found)


def name_module(path: str) -> str:
    """Return "members.tags.assign" for members/tags/assign.py, and "members" for members/__init__.py."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def read_imports() -> dict[str, set[str]]:
    """Return each file of the product → the modules it may import, as dotted names."""
    found = {}
    for path in (path for app in APPS for path in (ROOT / app).rglob("*.py")):
        names: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module}
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
        found[str(path.relative_to(ROOT))] = names
    return found


def find_importers(changed: Iterable[str]) -> list[str]:
    """Return the files that import one of the changed modules."""
    modules = {name_module(path) for path in changed if path.endswith(".py")}
    return [path for path, names in read_imports().items() if names & modules]


def choose_tests(changed: list[str]) -> tuple[list[str], list[str], list[str]]:
    """Return (the changed files, the tests to run, the folders of tests that would take too long).

    The tests of the changed rooms come first, then those of the rooms that import them, the quickest first.
    """
    known = read_durations()
    own = [test for path in changed for test in find_tests_of(path)]
    above = [test for path in find_importers(changed) for test in find_tests_of(path)]
    chosen: list[str] = []
    left, spent = set(), 0.0
    for tests in (own, above):
        wanted = dict.fromkeys(tests).keys() - set(chosen)
        for test in sorted(wanted, key=lambda test: (estimate(test, known), test)):
            spent += estimate(test, known)
            if spent > BUDGET or test.startswith(TOO_LONG):
                left.add(str(Path(test).parent))
            else:
                chosen.append(test)
    return changed, chosen, sorted(left)
