"""`make test`: every check, then every test. The slow and the certain come last; all of them run, so that one sitting
shows everything that is wrong."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("config", "tenants", "console", "members", "messaging", "forms_builder", "cartsync", "sandbox", "scripts")
CHECKS = {
    "format": "-m ruff format --check .",
    "lint": "-m ruff check .",
    "types": f"-m mypy {' '.join(PACKAGES)}",
    "imports": "lint-imports --no-cache",
    "templates": "-m djlint --lint --quiet templates "
    + " ".join(p for p in PACKAGES if (ROOT / p / "templates").exists()),
    "migrations": "manage.py makemigrations --check --dry-run",
    "translations": "-m scripts.messages",
}
TESTS = {
    "tests": "-m pytest tests --ignore=tests/browser -n 2 --dist loadfile",
    "browser tests": "-m pytest tests/browser --ignore=tests/browser/test_pages.py -n 2 --dist loadfile",
    # By itself: it draws and judges every page, which takes a core and a half.
    "pages": "-m pytest tests/browser/test_pages.py",
}


def run(name: str, line: str) -> bool:
    started = time.monotonic()
    environment = {**os.environ, "TSUNAGI_ENV": "development"}
    words = line.split()
    tool = Path(sys.executable).parent / words[0]
    command = [str(tool), *words[1:]] if tool.exists() else [sys.executable, *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    print(f"— {name}: {'ok' if done.returncode == 0 else 'FAILED'} ({time.monotonic() - started:.0f} s)", flush=True)
    return done.returncode == 0


def main() -> int:
    steps = CHECKS if "--without-tests" in sys.argv else CHECKS | TESTS
    subprocess.run([sys.executable, "-m", "scripts.messages", "--compile"], cwd=ROOT, check=True)
    failed = [name for name, line in steps.items() if not run(name, line)]
    print(f"Failed: {', '.join(failed)}" if failed else "Everything passed.")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
