"""Production refuses to start with what only a developer's machine may have."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from config.engines.embedded import OWNER
from tenants.checks import check_serving_role

GOOD = {
    "DATABASE_URL": "postgresql://tsunagi_app@/tsunagi?host=/nowhere",
    "SECRET_KEY": "k" * 50,
    "FIELD_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
}


def start(**changes: str) -> subprocess.CompletedProcess[str]:
    keep = {
        key: os.environ[key]
        for key in ("PATH", "HOME", "PYTHONPYCACHEPREFIX")
        if key in os.environ
    }
    code = "import django; django.setup(); from django.conf import settings; print(settings.ENVIRONMENT)"
    return subprocess.run(
        [sys.executable, "-c", code],
        env=keep | {"DJANGO_SETTINGS_MODULE": "config.settings"} | GOOD | changes,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_when_everything_is_given() -> None:
    done = start()
    assert (done.returncode, done.stdout.strip()) == (0, "production")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"SECRET_KEY": ""}, "Production needs SECRET_KEY"),
        ({"SECRET_KEY": settings.DEVELOPMENT_KEY}, "Production needs SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "Production needs SECRET_KEY"),
        ({"DEBUG": "1"}, "no DEBUG"),
        ({"FIELD_KEYS": ""}, "Production needs FIELD_KEYS"),
        (
            {"FIELD_KEYS": "ZGV2ZWxvcG1lbnQtb25seS1maWVsZC1rZXktMzJieXQ="},
            "Production needs FIELD_KEYS",
        ),
        (
            {"FIELD_KEYS": f"{GOOD['FIELD_KEYS']} short"},
            "FIELD_KEYS: number 2 is no Fernet key",
        ),
    ],
)
def test_production_refuses(changes: dict[str, str], says: str) -> None:
    done = start(**changes)
    assert done.returncode == 1
    assert says in done.stderr


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("f" * 60 + "\n")
    assert start(SECRET_KEY="", SECRET_KEY_FILE=str(path)).returncode == 0


def test_the_serving_role_is_accepted(db: None) -> None:
    assert check_serving_role(None, ["default"]) == []


def test_a_web_process_refuses_the_owner(db: None) -> None:
    """The whole way: a real process, a real connection as the owner of the tables."""
    there = connection.settings_dict
    environment = {
        **os.environ,
        "TSUNAGI_ENV": "development",
        "DATABASE_URL": f"postgresql://{OWNER}@/{there['NAME']}?host={there['HOST']}",
        "REDIS_URL": settings.REDIS_URL,
    }
    command = [sys.executable, "-c", "import config.wsgi"]
    done = subprocess.run(
        command,
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "can bypass the isolation" in done.stderr
