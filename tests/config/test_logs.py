"""What a database says about a refused row stays out of our logs and out of its own."""

import json
import logging
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils.module_loading import import_string

from config.defaults.logs import (
    DiscreetFormatter,
    JsonFormatter,
    RouteFilter,
    build_log_settings,
)
from config.engines.embedded import CONF
from tenants.models import Tenant

CANARY = "canary@example.jp"


def logged(statement: str, *values: object) -> str:
    """The lines of a log about a statement that PostgreSQL refuses."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except DatabaseError as error:
        record = logging.LogRecord(
            "a",
            logging.ERROR,
            "",
            0,
            "failed",
            (),
            (type(error), error, error.__traceback__),
        )
    return DiscreetFormatter().format(record)


UNREADABLE = (
    "SELECT * FROM jsonb_to_recordset(concat('[{\"a\":', %s::text)::jsonb) AS x(a text)"
)
TAKEN = """INSERT INTO operators_operator
           (login_id, name, email, password, is_active, language, theme, density, date_joined)
           SELECT 'a' || n, 'b', %s, '', true, 'ja', '', '', now() FROM generate_series(1, 2) n"""


@pytest.mark.parametrize("statement", [UNREADABLE, TAKEN])
def test_the_values_are_not_in_the_log(db: None, statement: str) -> None:
    text = logged(statement, CANARY)
    assert "canary" not in text
    assert "DETAIL:  (left out)" in text
    assert re.findall(r"^(?:psycopg|django\.db)\S*: ", text, re.M)


def test_the_refused_row_of_a_shop_is_not_in_the_log(sakura: Tenant) -> None:
    assert "canary" not in logged(
        "INSERT INTO members_member (tenant_id, email) VALUES (%s, %s)",
        sakura.pk,
        CANARY,
    )


def test_every_log_is_written_so() -> None:
    formatters = [
        handler["formatter"] for handler in settings.LOGGING["handlers"].values()
    ]
    used = [
        import_string(settings.LOGGING["formatters"][name]["()"]) for name in formatters
    ]
    assert [issubclass(each, DiscreetFormatter) for each in used] == [True]


def test_a_refused_link_is_logged_without_its_token(
    sakura: Tenant, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    handler = build_log_settings("INFO")["handlers"]["stderr"]
    assert handler["filters"] == ["route"]
    for path in ("/p/sakura/f/x/me/canary/", "/nowhere/canary/"):
        client.get(path)
    Client(enforce_csrf_checks=True).post("/account/email/canary/")
    said = []
    for record in caplog.records:
        RouteFilter().filter(record)
        said.append(JsonFormatter().format(record))
    assert [json.loads(line)["message"].partition(": ")[2] for line in said] == [
        "f/<slug:public_id>/me/<str:token>/",
        "-",
        "account/email/<str:token>/",
    ]
    assert "canary" not in "".join(said)


@pytest.mark.parametrize(
    "line", ["log_min_error_statement = panic", "log_error_verbosity = terse"]
)
def test_the_database_keeps_the_values_to_itself(line: str) -> None:
    compose = (Path(settings.BASE_DIR) / "docker-compose.yml").read_text()
    assert line in CONF
    assert f"-c {line.replace(' ', '')}" in compose
