"""`make test`: every check, and beside them every test. All of them run, so that one sitting shows everything that is
wrong.

    python -m scripts.check                       `make test`
    python -m scripts.check --without-tests       `make check`
    python -m scripts.check --quick               `make quick`: what a change touches (scripts/quick.py)
    python -m scripts.check tests/config …        these tests only
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.quick import choose_tests, find_changes

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "config", "tenants", "operators", "outbound", "console", "jobs", "members", "messaging", "forms_builder",
    "cartsync", "rpa", "helpdesk", "administration", "notifications", "sandbox", "scripts", "bench",
)  # fmt: skip
CHECKS = {
    "format": "-m ruff format --check .",
    "lint": "-m ruff check .",
    "types": f"-m mypy {' '.join(PACKAGES)}",
    "imports": "lint-imports --no-cache",
    "templates": "-m djlint --lint --quiet templates "
    + " ".join(p for p in PACKAGES if (ROOT / p / "templates").exists()),
    "migrations": "manage.py makemigrations --check --dry-run",
    "translations": "-m scripts.messages",
    "insecure code": f"bandit -q -ll -c pyproject.toml -r {' '.join(PACKAGES)}",
    "vulnerable packages": "-m scripts.audit",
}
# One name for both runs of tests, so that what is made ready beside the first serves the second.
RUN = f"check{time.time_ns()}"
# Module by module, the longest first (tests/durations.json): what one makes once is made by one process alone.
BESIDE = f"--dist loadscope --no-loadscope-reorder --testrunuid={RUN}"
# For two cores: tests wait a fifth of their time for a database or a process of theirs, a browser hardly ever waits.
TESTERS, BROWSERS = 3, 2
READY = {"demo shop": f"-m tests.browser.stack {RUN}"}
TESTS = {
    "tests": f"-m pytest tests --ignore=tests/browser -n {TESTERS} {BESIDE}",
    "browser tests": f"-m pytest tests/browser -n {BROWSERS} {BESIDE}",
}
# Engines of their own, whose data is thrown away.
ENVIRONMENT = {
    "TSUNAGI_ENV": "development",
    "TSUNAGI_VAR": str(ROOT / "var" / "test"),
    "TSUNAGI_THROWAWAY": "1",
}


def run(name: str, line: str, beside: bool) -> bool:
    """``beside`` the tests: what it says is shown in one piece, and the tests go first."""
    started = time.monotonic()
    words = line.split()
    tool = Path(sys.executable).parent / words[0]
    command = [str(tool), *words[1:]] if tool.exists() else [sys.executable, *words]
    done = subprocess.run(
        ["nice", *command] if beside else command,
        cwd=ROOT,
        env={**os.environ, **ENVIRONMENT},
        check=False,
        stdout=subprocess.PIPE if beside else None,
        stderr=subprocess.STDOUT if beside else None,
        text=True,
    )
    word = "FAILED" if done.returncode else "ok"
    print(
        f"{done.stdout or ''}— {name}: {word} ({time.monotonic() - started:.0f} s)",
        flush=True,
    )
    return done.returncode == 0


def choose_quick_steps() -> dict[str, str]:
    """Return the checks and tests of what has changed."""
    files, tests, left = choose_tests(find_changes())
    if left:
        print(f"Left to `make test`, for they would take too long: {' '.join(left)}")
    steps = {"format": CHECKS["format"], "lint": CHECKS["lint"]} if files else {}
    if tests:
        steps |= build_test_steps(tests)
    return steps


def build_test_steps(paths: list[str]) -> dict[str, str]:
    """Return the runs of these tests: those of the browser need processes of their own."""
    kinds = {
        "tests": [path for path in paths if not path.startswith("tests/browser")],
        "browser tests": [path for path in paths if path.startswith("tests/browser")],
    }
    beside = {"tests": TESTERS, "browser tests": BROWSERS}
    return {
        kind: f"-m pytest {' '.join(those)} -n {beside[kind]} {BESIDE}"
        for kind, those in kinds.items()
        if those
    }


def failed(steps: dict[str, str], beside: bool = False) -> list[str]:
    return [name for name, line in steps.items() if not run(name, line, beside)]


def main() -> int:
    subprocess.run(
        [sys.executable, "-m", "scripts.messages", "--compile"], cwd=ROOT, check=True
    )
    chosen = [word for word in sys.argv[1:] if not word.startswith("-")]
    if "--without-tests" not in sys.argv:
        # Tests of two processes would install it at once.
        subprocess.run([sys.executable, "-m", "scripts.browser"], cwd=ROOT, check=False)
    if "--without-tests" in sys.argv:
        wrong = failed(CHECKS)
    elif "--quick" in sys.argv:
        wrong = failed(choose_quick_steps())
    elif chosen:
        wrong = failed(build_test_steps(chosen))
    else:
        # Whatever the tests leave of the two cores: they wait at times, such as for a database to be migrated.
        with ThreadPoolExecutor() as beside:
            checked = beside.submit(failed, CHECKS | READY, True)
            wrong = failed(TESTS) + checked.result()
    print(f"Failed: {', '.join(wrong)}" if wrong else "Everything passed.")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
