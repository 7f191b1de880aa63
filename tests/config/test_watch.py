"""Health, figures and the lines of the log: they say how it goes, and nothing of whom."""

import io
import json
import logging
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from prometheus_client import generate_latest, start_http_server

from administration.operations.state import compute_quantile, read_shop_state
from cartsync.models import Cart, SyncRun
from config.defaults.logs import JsonFormatter, LineFormatter, build_log_settings
from config.watch import metrics
from messaging.models import LineAccount, WebhookEvent
from tenants.models import BackupRecord, Tenant
from tenants.scope import open_tenant_scope
from tenants.wakeups import wake
from tests.conftest import Cast


# ---------------------------------------------------------------- health
def test_alive_and_ready(client: Client, db: None) -> None:
    assert client.get("/livez").content == b"ok"
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {"database": "ok", "valkey": "ok"},
    )


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("config.watch.health.connection", {"database": "away", "valkey": "ok"}),
        ("config.watch.health.is_valkey_there", {"database": "ok", "valkey": "away"}),
    ],
)
def test_what_is_away_is_named_and_nothing_of_it(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch, broken: str, said: Any
) -> None:
    class Away:
        def cursor(self) -> Any:
            raise DatabaseError("host=secret")

        def __call__(self) -> bool:
            return False

    monkeypatch.setattr(broken, Away())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, said)
    assert client.get("/livez").status_code == 200


# ---------------------------------------------------------------- figures
@pytest.fixture
def busy_shop(cast: Cast) -> Iterator[Tenant]:
    now = timezone.now()
    with open_tenant_scope(cast.sakura):
        account = LineAccount.objects.create(
            name="公式", channel_id="1", webhook_key="k"
        )
        for number, seconds in enumerate((1, 2, 40, None)):
            WebhookEvent.objects.create(
                account=account,
                event_id=str(number),
                kind="message",
                payload={},
                occurred_at=now,
                handled_at=now + timedelta(seconds=seconds) if seconds else None,
            )
        cart = Cart.objects.create(name="カート", kind="ecforce", settings={})
        SyncRun.objects.create(
            cart=cart,
            started_at=now - timedelta(hours=1),
            begun_at=now,
            outcome="success",
        )
        wake(cast.sakura, "messaging.dispatch", now - timedelta(minutes=5))
        wake(cast.sakura, "jobs.run", now + timedelta(minutes=5))
    BackupRecord.objects.create(
        kind="restore", at=now - timedelta(days=1), tables=1, rows=1, bytes=1, seconds=1
    )
    yield cast.sakura


def read_figures(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {
        name: float(value)
        for name, _, value in (each.rpartition(" ") for each in lines)
    }


def test_the_figures(busy_shop: Tenant) -> None:
    text = generate_latest(metrics.build_registry()).decode()
    found = read_figures(text)
    late = found['tsunagi_wakeup_lateness_seconds{kind="messaging.dispatch"}']
    assert 300 <= late < 600
    assert found['tsunagi_wakeup_lateness_seconds{kind="jobs.run"}'] == 0
    assert found['tsunagi_wakeup_waiting{kind="messaging.dispatch"}'] == 1
    assert 39 < found['tsunagi_webhook_handling_seconds{quantile="0.99"}'] < 41
    assert found["tsunagi_webhook_recent"] == 3
    assert found["tsunagi_webhook_unhandled"] == 1
    # By the database's clock, as it was when the transaction of this test began.
    assert 3500 < found["tsunagi_cart_sync_age_seconds"] < 3900
    assert found['tsunagi_queue_length{queue="dispatch"}'] >= 0
    assert 86_400 <= found['tsunagi_backup_age_seconds{kind="restore"}'] < 90_000
    assert found['tsunagi_up{engine="valkey"}'] == 1
    assert [
        word
        for word in ("sakura", "さくら", "momiji", "公式", "カート")
        if word in text
    ] == []


def test_they_are_served_on_a_port_of_their_own(busy_shop: Tenant) -> None:
    class Fixed:
        def collect(self) -> list[Any]:
            return found

    found = list(metrics.read_metrics())
    registry = metrics.CollectorRegistry()
    registry.register(Fixed())  # type: ignore[arg-type]
    server, thread = start_http_server(0, "127.0.0.1", registry)
    try:
        url = f"http://127.0.0.1:{server.server_port}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert b"tsunagi_webhook_unhandled 1.0" in answer.read()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert Client().get("/metrics").status_code == 404


def test_asked_often_they_are_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads: list[int] = []

    def read() -> Iterator[Any]:
        reads.append(1)
        yield from ()

    monkeypatch.setattr(metrics, "read_metrics", read)
    collector = metrics.OperationsCollector()
    for _ in range(5):
        collector.collect()
    assert reads == [1]


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.99, 0),
        ([3.0], 0.5, 3),
        ([1.0, 2.0, 3.0, 4.0], 0.5, 2),
        (list(range(200)), 0.99, 197),
    ],
)
def test_quantiles(values: list[float], share: float, expected: float) -> None:
    assert compute_quantile(values, share) == expected


# ---------------------------------------------------------------- the page
def test_the_owner_sees_what_is_late_and_the_dates(
    busy_shop: Tenant, aiko: Client, ed: Client
) -> None:
    page = aiko.get("/t/sakura/settings/operations/").content.decode()
    assert "5分遅れています" in page
    assert "カート" in page
    assert page.count("まだありません") == 2  # the backup and the seal
    assert "復元の確認" in page
    assert ed.get("/t/sakura/settings/operations/").status_code == 403


def test_two_carts_of_one_name_are_two(busy_shop: Tenant, aiko: Client) -> None:
    with open_tenant_scope(busy_shop):
        Cart.objects.create(name="カート", kind="ecforce", settings={})
        names = [name for name, _age in read_shop_state().sync_ages]
    assert names == ["カート", "カート"]


def test_a_shop_sees_its_own_alone(busy_shop: Tenant, oscar: Client) -> None:
    page = oscar.get("/t/momiji/settings/operations/").content.decode()
    assert ("遅れています" in page, "受信はありません" in page) == (False, True)


# ---------------------------------------------------------------- the log
def write_line(formatter: logging.Formatter, text: str, error: bool = False) -> str:
    import sys

    try:
        raise ValueError("boom")
    except ValueError:
        info = sys.exc_info() if error else None
    record = logging.LogRecord("a", logging.INFO, "", 0, text, (), info)
    return formatter.format(record)


@pytest.mark.parametrize("formatter", [LineFormatter("%(message)s"), JsonFormatter()])
def test_a_line_end_makes_no_second_line(formatter: logging.Formatter) -> None:
    text = write_line(formatter, "one\r\n2026-01-01 INFO two")
    assert len(text.splitlines()) == 1


def test_nor_does_one_before_an_error() -> None:
    formatter = LineFormatter("%(message)s")
    text = write_line(formatter, "one\r\n2026-01-01 INFO two", error=True)
    first, second, *_more = text.splitlines()
    assert first == r"one\r\n2026-01-01 INFO two"
    assert second == "Traceback (most recent call last):"


def test_a_program_reads_it() -> None:
    line = json.loads(write_line(JsonFormatter(), "佐久間", error=True))
    assert (line["level"], line["message"]) == ("INFO", "佐久間")
    assert "ValueError: boom" in line["error"]
    assert (
        build_log_settings("INFO", "json")["handlers"]["stderr"]["formatter"] == "json"
    )


def test_a_request_is_one_line_without_its_address(
    cast: Cast, aiko: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tsunagi.access")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("tsunagi.access")
    logger.addHandler(handler)
    try:
        answer = aiko.get("/t/sakura/members/tags/?q=canary@example.jp")
        aiko.get("/nowhere/canary@example.jp/")
    finally:
        logger.removeHandler(handler)
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first["message"].startswith("GET t:members/tags/ 200 ")
    assert first["request"] == answer.headers["X-Request-Id"]
    assert second["message"].startswith("GET -:- 404 ")
    assert "canary" not in stream.getvalue()


@pytest.fixture(autouse=True)
def forget_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()
