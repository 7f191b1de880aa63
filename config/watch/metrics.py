"""Figures for Prometheus, on a port of their own: `python -m config.watch.metrics`. No shop is named in them.

Everything is read from PostgreSQL and Valkey when somebody asks, so that no process has to report.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric

logger = logging.getLogger(__name__)
KEEP_SECONDS = 15.0  # asked more often, the last figures are given again
SHARES = (0.5, 0.99)


class OperationsCollector:
    """What Prometheus collects: computed at most once in KEEP_SECONDS."""

    def __init__(self) -> None:
        self._lock, self._read_at = threading.Lock(), float("-inf")
        self._metrics: list[Metric] = []

    def collect(self) -> list[Metric]:
        with self._lock:
            if time.monotonic() - self._read_at >= KEEP_SECONDS:
                self._metrics = list(read_metrics())
                self._read_at = time.monotonic()
            return self._metrics


def read_metrics() -> Iterator[Metric]:
    """Yield every figure; an engine that is away takes its own figures along, not the others'."""
    from django.db import DatabaseError, close_old_connections, connection
    from redis.exceptions import RedisError

    up = GaugeMetricFamily(
        "tsunagi_up", "Whether the engine answers", labels=["engine"]
    )
    for engine, read in (("postgresql", read_tables), ("valkey", read_queues)):
        try:
            if not connection.in_atomic_block:
                close_old_connections()
            yield from list(read())
            up.add_metric([engine], 1)
        except (DatabaseError, RedisError) as error:
            logger.warning("%s does not answer: %s", engine, type(error).__name__)
            up.add_metric([engine], 0)
    yield up


def read_tables() -> Iterator[Metric]:
    from administration.operations.state import measure_lateness

    late = GaugeMetricFamily(
        "tsunagi_wakeup_lateness_seconds",
        "Since when the oldest work of a kind is due",
        labels=["kind"],
    )
    waiting = GaugeMetricFamily(
        "tsunagi_wakeup_waiting", "Work of a kind that is due", labels=["kind"]
    )
    failing = GaugeMetricFamily(
        "tsunagi_wakeup_failing", "Work of a kind that failed last", labels=["kind"]
    )
    for kind, found in measure_lateness().items():
        late.add_metric([kind], found.seconds)
        waiting.add_metric([kind], found.waiting)
        failing.add_metric([kind], found.failing)
    yield from (late, waiting, failing)
    yield from read_shops()
    yield read_backups()


def read_shops() -> Iterator[Metric]:
    """Yield what is known of the shops, added up. A closed shop fetches nothing: its data are as old as they are."""
    from administration.operations.state import read_all_shops

    found = read_all_shops(SHARES)
    seconds = GaugeMetricFamily(
        "tsunagi_webhook_handling_seconds",
        "From the arrival of a webhook to its end, of the last 15 minutes",
        labels=["quantile"],
    )
    for share, value in zip(SHARES, found.handling, strict=True):
        seconds.add_metric([str(share)], value)
    yield seconds
    yield GaugeMetricFamily(
        "tsunagi_webhook_recent", "Webhooks of the last 15 minutes", value=found.handled
    )
    yield GaugeMetricFamily(
        "tsunagi_webhook_unhandled", "Webhooks that wait", value=found.unhandled
    )
    yield GaugeMetricFamily(
        "tsunagi_cart_sync_age_seconds",
        "Age of the oldest newest reading of a cart",
        value=found.sync_age,
    )
    yield GaugeMetricFamily("tsunagi_carts", "Active carts", value=found.carts)


def read_backups() -> Metric:
    from django.utils import timezone

    from tenants.models import BackupRecord

    ages = GaugeMetricFamily(
        "tsunagi_backup_age_seconds",
        "Since the last backup, and since the last rehearsed restore",
        labels=["kind"],
    )
    for kind in BackupRecord.Kind:
        if newest := BackupRecord.get_newest(kind):
            age = (timezone.now() - newest.at).total_seconds()
            ages.add_metric([kind.value], age)
    return ages


def read_queues() -> Iterator[Metric]:
    """Yield how many calls wait in each queue of the broker."""
    from django.conf import settings

    from outbound.valkey import connect_valkey

    lengths = GaugeMetricFamily(
        "tsunagi_queue_length", "Calls that wait for a worker", labels=["queue"]
    )
    for queue in settings.QUEUE_WORKERS:
        lengths.add_metric([queue], int(connect_valkey().llen(queue)))
    yield lengths


def build_registry() -> CollectorRegistry:
    """Return the figures without those that the library adds about its own process."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(OperationsCollector())
    return registry


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from config import env
    from tenants.checks import refuse_bypassing_role

    refuse_bypassing_role()
    port = env.read_number("METRICS_PORT", 9464)
    start_http_server(
        port, env.read_text("METRICS_HOST", "127.0.0.1"), build_registry()
    )
    logger.info("Figures on port %s", port)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    stopped.wait()


if __name__ == "__main__":
    main()
