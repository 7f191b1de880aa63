"""Read what changed in a cart since the last time, then link, tag and release the messages that waited.

A run is a row, opened before the first call and closed after the last. Each page and the place it ends at are stored in
one transaction, so the next run continues one that was killed anywhere. A long first import takes several runs.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from cartsync.connectors.base import Connector, Page
from cartsync.connectors.kinds import build_connector
from cartsync.files.load import FILE_FAILED
from cartsync.files.watch import take_watched_files
from cartsync.funnel.count import count_again_soon
from cartsync.matching.link import flag_changed_links
from cartsync.matching.match import match_members_in_parts, update_link_states
from cartsync.models import Cart, SyncRun
from cartsync.sync.statistics import refresh_statistics
from cartsync.sync.store import store_rows
from cartsync.sync.window import Reading
from cartsync.tag_rules import apply_rules
from members.db import skip_disk_wait
from messaging.deliveries.holds import recheck_held_deliveries
from operators import audit
from operators.notify import notify
from outbound.errors import FixSettings, GiveUp, OutboundError, TryLater
from outbound.faultpoints import fault_point
from tenants.models import Tenant

LONGEST_RUN = 90.0  # seconds of reading; the task's lease is longer
PAUSES = (60, 120, 300, 600, 1800)  # seconds, after the first, second… failure in a row
SHORT_PAUSES = (1.0, 3.0)  # within a run, for a hiccup
FIXES_BEFORE_STOP = 3
FAILURES_TOLD = 3  # in a row, until somebody hears of a folder that cannot be read
RUNS_RETAINED = timedelta(days=90)
# The kind of notice.
STOPPED = "cart.stopped"


class Moved(Exception):
    """An operator gave the cart another address meanwhile: what this run read is of the old one."""


class Incomplete(GiveUp):
    """All was read, but the cart counts other rows than it gave: the same window is read again."""


def poll_cart(
    tenant: Tenant, cart_id: int, seconds: float = LONGEST_RUN
) -> datetime | None:
    """Run once for one cart, in the tenant's scope.

    Return when to come again; None for a cart that is switched off.
    """
    with lock_cart(cart_id) as ours:
        if not ours:
            return timezone.now() + timedelta(seconds=30)
        opened = open_run(cart_id)
        if not opened:
            return None
        cart, run = opened
        try:
            end = time.monotonic() + seconds
            take_watched_files(cart)
            if not (read_changes(cart, run, end) and link_all(cart, run, end)):
                close_run(run, SyncRun.Outcome.PARTIAL)
                return timezone.now()
            fault_point("cart.linked")
            complete_run(cart, run)
            fault_point("cart.settled")
        except OutboundError as error:
            return close_failed_run(cart, run, error)
        except Moved:
            close_run(run, SyncRun.Outcome.PARTIAL)
            return timezone.now()
    release_held_messages(tenant)
    return max(run.started_at + timedelta(minutes=cart.frequency), timezone.now())


@contextmanager
def lock_cart(cart_id: int) -> Iterator[bool]:
    """Hold the cart's lock over all transactions of a run; yield whether it is ours.

    The server drops it when this process dies.
    """
    key = f"cartsync.poll:{cart_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        ours = cursor.fetchone()[0]
    try:
        yield ours
    finally:
        if ours:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key]
                )


@transaction.atomic
def open_run(cart_id: int) -> tuple[Cart, SyncRun] | None:
    cart = (
        Cart.objects.active()
        .select_related("linked_tag", "tenant")
        .filter(pk=cart_id)
        .first()
    )
    if not cart:
        return None
    now = timezone.now()
    # We hold the lock, so whoever left these open is dead.
    cart.runs.filter(outcome=SyncRun.Outcome.RUNNING).update(
        outcome=SyncRun.Outcome.INTERRUPTED, finished_at=now
    )
    cart.runs.before(now - RUNS_RETAINED).delete()
    begun_at = Reading.loaded(cart.cursor).begun_at if cart.cursor else now
    return cart, SyncRun.objects.create(cart=cart, started_at=now, begun_at=begun_at)


def read_changes(cart: Cart, run: SyncRun, end: float) -> bool:
    """Read page after page until all is read (True) or the time is over."""
    connector = build_connector(cart)
    reading: Reading | None = (
        Reading.loaded(cart.cursor)
        if cart.cursor
        else Reading.begin(run.begun_at, cart.read_until)
    )
    while reading:
        fault_point("cart.reading")
        if time.monotonic() > end:
            return False
        page = read_page(connector, reading)
        reading = reading.note_page(page)
        following = reading.after(page, connector.resources)
        before = getattr(run, reading.resource.value)
        store_page(cart, run, reading, page, following)
        if not cart.read_until:
            refresh_statistics(
                reading.resource, before, getattr(run, reading.resource.value)
            )
        if not following and reading.short:
            raise Incomplete("incomplete")
        reading = following
    return True


def read_page(connector: Connector, reading: Reading) -> Page:
    """Read one page; a hiccup is waited out here, anything longer ends the run."""
    for pause in SHORT_PAUSES:
        try:
            return connector.read(reading.resource, reading.window, reading.cursor)
        except TryLater as error:
            asked = error.pause.total_seconds() if error.pause else pause
            if asked > SHORT_PAUSES[-1]:
                raise
            time.sleep(asked)
    return connector.read(reading.resource, reading.window, reading.cursor)


@transaction.atomic
def store_page(
    cart: Cart, run: SyncRun, reading: Reading, page: Page, following: Reading | None
) -> None:
    skip_disk_wait()
    changed = store_rows(cart, reading.resource, page.rows)
    name = reading.resource.value
    setattr(run, name, getattr(run, name) + changed)
    run.save(update_fields=[name])
    # At the end of the last resource its place stays stored until the run is settled.
    if not store_place(cart, cursor=(following or reading).dumped()):
        raise Moved


def store_place(cart: Cart, **values: Any) -> bool:
    """Store how far the cart is read; return False where it is another cart's place by now (sync/manage.py)."""
    for name, value in values.items():
        setattr(cart, name, value)
    same = Cart.objects.filter(pk=cart.pk, news_from=cart.news_from)
    return bool(same.update(**values))


def link_all(cart: Cart, run: SyncRun, end: float) -> bool:
    """Link every unique hit, part by part, until all are (True) or the time is over."""
    fault_point("cart.read")
    for linked in match_members_in_parts(cart):
        run.linked += len(linked)
        if time.monotonic() > end:
            return False
    return True


@transaction.atomic
def complete_run(cart: Cart, run: SyncRun) -> None:
    """Complete a run once all is read and linked: flag, set the states of the rest, tag by count, close, together."""
    flag_changed_links(cart=cart, since=run.begun_at - timedelta(minutes=1))
    update_link_states()
    apply_rules(cart)
    if not store_place(cart, read_until=run.begun_at, cursor=None, failures=0):
        raise Moved
    count_again_soon(cart.tenant)
    close_run(run, SyncRun.Outcome.SUCCESS)


@transaction.atomic
def close_run(run: SyncRun, outcome: str, error: str = "") -> None:
    run.outcome, run.error, run.finished_at = outcome, error, timezone.now()
    run.save(update_fields=["outcome", "error", "finished_at", "linked"])


@transaction.atomic
def close_failed_run(cart: Cart, run: SyncRun, error: OutboundError) -> datetime | None:
    """Close a failed run and return when to try again; None once the cart has switched itself off."""
    outcomes = {
        FixSettings: SyncRun.Outcome.FIX_SETTINGS,
        Incomplete: SyncRun.Outcome.INCOMPLETE,
    }
    close_run(run, outcomes.get(type(error), SyncRun.Outcome.TRY_LATER), error.code)
    # After one that never works this reading begins again.
    place = {"cursor": None} if isinstance(error, GiveUp) else {}
    if not store_place(cart, failures=cart.failures + 1, **place):
        return timezone.now()
    newest = list(
        cart.runs.newest().values_list("outcome", flat=True)[:FIXES_BEFORE_STOP]
    )
    if newest == [SyncRun.Outcome.FIX_SETTINGS] * FIXES_BEFORE_STOP:
        stop_cart(cart, error.code)
        return None
    if error.code == "folder" and cart.failures == FAILURES_TOLD:
        notify(FILE_FAILED, cart, reason="folder")
    pause = timedelta(seconds=PAUSES[min(cart.failures, len(PAUSES)) - 1])
    if isinstance(error, TryLater) and error.pause:
        pause = max(pause, error.pause)
    return (run.finished_at or timezone.now()) + pause


@transaction.atomic
def release_held_messages(tenant: Tenant) -> None:
    """Release the messages that waited for the polls: they are decided again now."""
    recheck_held_deliveries(tenant)


def stop_cart(cart: Cart, code: str) -> None:
    """Switch the cart off until a person fixes the settings, with the reason shown."""
    cart.is_active, cart.stopped_reason = False, code
    cart.save(update_fields=["is_active", "stopped_reason"])
    audit.record_action("cart.stopped", cart, reason=code)
    notify(STOPPED, cart, reason=code)
