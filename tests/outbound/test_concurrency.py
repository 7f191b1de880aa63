"""How many calls out of web requests a shop has at a time."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from redis.exceptions import TimeoutError as NoAnswer

from outbound import concurrency
from outbound.concurrency import hold_place, hold_place_to_call
from outbound.errors import TryLater
from outbound.valkey import breaker, connect_valkey
from tenants.models import Tenant
from tenants.scope import act_as, open_tenant_scope


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    forget_process(monkeypatch)
    yield
    monkeypatch.undo()
    breaker.until = 0.0
    for key in connect_valkey().scan_iter("tsunagi:places:*"):
        connect_valkey().delete(key)


def forget_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be another process from here on: what this one holds is known to Valkey alone."""
    monkeypatch.setattr(concurrency, "_held", type(concurrency._held)())


def test_a_shop_has_two_over_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_tenant_scope(7), act_as(None, "console"), ExitStack() as held:
        held.enter_context(hold_place_to_call())
        forget_process(monkeypatch)
        held.enter_context(hold_place_to_call())
        forget_process(monkeypatch)
        with pytest.raises(TryLater, match="crowded"), hold_place_to_call():
            pass
    with open_tenant_scope(8), act_as(None, "console"), hold_place_to_call():
        pass  # another shop's are its own


def test_a_place_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        with pytest.raises(ValueError), hold_place("test", 1):
            raise ValueError
    assert connect_valkey().zcard("tsunagi:places:test") == 0
    monkeypatch.setattr(concurrency, "KEPT_SECONDS", 1)
    held = hold_place("test", 1)
    held.__enter__()
    forget_process(monkeypatch)  # the other one was killed
    with pytest.raises(TryLater), hold_place("test", 1):
        pass
    threading.Event().wait(1.1)
    with hold_place("test", 1):
        pass


def test_without_valkey_each_process_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise NoAnswer

    monkeypatch.setattr("redis.Redis.execute_command", fail)
    with (
        hold_place("test", 2),
        hold_place("test", 2),
        pytest.raises(TryLater, match="crowded"),
        hold_place("test", 2),
    ):
        pass


def test_a_worker_needs_no_place() -> None:
    with open_tenant_scope(7), act_as(None, "cart"), ExitStack() as held:
        for _ in range(5):
            held.enter_context(hold_place_to_call())


def test_who_opens_a_form_waits_for_a_place() -> None:
    done = threading.Event()

    def open_form() -> None:
        with open_tenant_scope(7), act_as(None, "public"), hold_place_to_call():
            done.set()

    with open_tenant_scope(7), act_as(None, "public"):
        with ExitStack() as held:
            held.enter_context(hold_place_to_call())
            held.enter_context(hold_place_to_call())
            waiting = threading.Thread(target=open_form)
            waiting.start()
            assert not done.wait(0.2)
        waiting.join()
    assert done.is_set()


def test_a_customer_is_not_kept_waiting_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(concurrency, "PATIENCE", 0.2)
    with (
        open_tenant_scope(7),
        act_as(None, "public"),
        hold_place_to_call(),
        hold_place_to_call(),
        pytest.raises(TryLater, match="crowded"),
        hold_place_to_call(),
    ):
        pass


def test_shops_are_kept_apart(db: None) -> None:
    one, two = (Tenant.objects.create(slug=slug, name=slug) for slug in ("a", "b"))
    for shop in (one, two):
        with open_tenant_scope(shop), act_as(None, "console"), hold_place_to_call():
            assert connect_valkey().zcard(f"tsunagi:places:calls:{shop.pk}") == 1
