"""No secrets in the history or in the image: what the two ignore files let through."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
SECRETS = [".env", ".env.production", ".env.bak", "config/.env", "static/.env.local"]
OURS = {"administration", "cartsync", "config", "console", "forms_builder", "jobs", "members", "messaging",
        "notifications", "operators", "outbound", "rpa", "helpdesk", "tenants",
        "templates", "static", "locale"}  # fmt: skip


def matches(pattern: str, path: str) -> bool:
    """Docker's rule: the pattern fits the path or a folder that holds it; ``**`` stands for any folders, or none."""
    text = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return re.fullmatch(f"{text}(?:/.*)?", path) is not None


def goes_into_the_image(path: str) -> bool:
    """The last line that fits decides."""
    going = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#") and matches(line.lstrip("!"), path):
            going = line.startswith("!")
    return going


@pytest.mark.parametrize("path", SECRETS)
def test_secrets_stay_out(path: str) -> None:
    assert not goes_into_the_image(path)
    command = ["git", "check-ignore", "--no-index", "-q", path]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    "path",
    ["var/engines/pg/x", ".git/config", ".venv/bin/python", "tests/conftest.py", "sandbox/serving.py", "notes.txt",
     "dump.sql", "bench/faults/worker.py", "docker-compose.yml", "secrets/app_password", "config/__pycache__/env.pyc"],
)  # fmt: skip
def test_what_serves_nobody_stays_out(path: str) -> None:
    assert not goes_into_the_image(path)


def test_all_that_serves_goes_in() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    needed = {path for path in listed if path.split("/")[0] in OURS}
    needed |= {"manage.py", "requirements/app.txt", "scripts/messages.py"}
    # The demo shop of a developer's machine.
    needed -= {path for path in needed if path.startswith("config/demo/")}
    needed -= {"config/run.py"}
    assert sorted(path for path in needed if not goes_into_the_image(path)) == []
