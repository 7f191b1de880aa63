"""docker-compose.yml against the project: its services, variables and commands cannot rot unseen."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery.bin.celery import celery as celery_command
from django.conf import settings
from django.core.management import get_commands

from config.celery import app

ROOT = Path(settings.BASE_DIR)
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {
    name: service
    for name, service in SERVICES.items()
    if service.get("image") == "tsunagi"
}


def test_the_services_are_those_of_the_design() -> None:
    assert set(SERVICES) == {
        "migrate", "web", "worker", "sender", "jobs", "browser-worker", "beat", "postgres", "valkey", "mail",
    }  # fmt: skip
    assert {service["build"] for service in OURS.values()} == {"."}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_each_lasting_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


def test_variables_are_ones_the_settings_read() -> None:
    source = "".join(
        (ROOT / path).read_text()
        for path in ("config/settings.py", "config/env.py", "manage.py")
    )
    read = set(re.findall(r'"([A-Z][A-Z_]{2,})"', source))
    given = {key for service in OURS.values() for key in service["environment"]}
    assert given - read - {"DJANGO_SETTINGS_MODULE"} == set()


def test_every_variable_is_in_the_operations_page() -> None:
    source = (ROOT / "config/settings.py").read_text()
    read = set(re.findall(r'env\.(?:text|flag|number|words)\(\s*"([A-Z_]+)"', source))
    told = set(
        re.findall(r"`([A-Z][A-Z_]+)`", (ROOT / "docs/operations.md").read_text())
    )
    assert read - told == set()


@pytest.mark.parametrize("name", OURS)
def test_each_command_starts_something_of_ours(name: str, db: None) -> None:
    words = OURS[name]["command"].split()
    if words[0] == "gunicorn":
        assert callable(importlib.import_module(words[1]).application)
    elif words[0] == "celery":
        assert words[1:3] == ["-A", "config"]
        assert words[3] in celery_command.commands
    else:
        assert words[:2] == ["python", "manage.py"]
        assert words[2] in get_commands()


def test_a_worker_listens_to_every_queue_that_is_used() -> None:
    used = {route["queue"] for route in app.conf.task_routes.values()} | {
        app.conf.task_default_queue
    }
    options = [
        service["command"].split(" -Q ")[1].split()[0]
        for service in OURS.values()
        if " -Q " in service["command"]
    ]
    listening = {queue for option in options for queue in option.split(",")}
    assert used - listening == set()
    assert listening - used == {"browser"}


def test_health_checks_of_ours_exist() -> None:
    from config.alive import CHECKS

    asked = {
        s["healthcheck"]["test"][-1]
        for s in OURS.values()
        if "config.alive" in str(s.get("healthcheck"))
    }
    assert asked == set(CHECKS)


def test_the_image_installs_the_pinned_requirements() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes -r requirements/app.txt" in dockerfile
    assert "USER tsunagi" in dockerfile


@pytest.mark.parametrize("name", ["app", "dev"])
def test_requirements_are_pinned_with_hashes_and_no_host(name: str) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text()
    pins = re.findall(r"^([a-z0-9][\w.-]*)==\S+ \\\n    --hash=sha256:", text, re.M)
    lines = [
        line for line in text.splitlines() if line and not line.startswith((" ", "#"))
    ]
    assert len(pins) == len(lines)
    assert re.findall(r"https?://|index-url|find-links", text) == []
