"""全配信を止める: nothing leaves while it holds, running senders included, and what waited goes on afterwards."""

import threading

import pytest
from django.db import connection
from django.test import Client

from messaging.accounts import stop_all
from messaging.deliveries import sender as sending
from messaging.models import LineAccount, SendingStop
from operators.models import AuditEntry, Notice
from outbound import faultpoints
from tenants.models import Tenant, Wakeup
from tests.messaging.conftest import Shop, channel

PAGE = "/t/sakura/messages/stop/"


def test_it_is_asked_then_done_then_lifted(
    aiko: Client, vic: Client, account: LineAccount, sakura: Tenant
) -> None:
    assert "すべて止めますか" in aiko.get(PAGE).content.decode()
    assert SendingStop.objects.count() == 0
    assert vic.post(PAGE).status_code == 403
    aiko.post(PAGE)
    aiko.post(PAGE)
    stop = SendingStop.objects.get()
    assert [each.kind for each in Notice.objects.all()] == ["sending.stopped"]
    assert (stop.stopped_by.login_id, stop.lifted_at) == ("aiko", None)
    log = aiko.get("/t/sakura/messages/log/").content.decode()
    assert "全配信を止めています" in log and stop.stopped_by.name in log
    Wakeup.objects.all().delete()
    assert vic.post(f"{PAGE}lift/").status_code == 403
    aiko.post(f"{PAGE}lift/")
    stop.refresh_from_db()
    assert stop.lifted_by == stop.stopped_by
    woken = Wakeup.objects.filter(kind="messaging.dispatch")
    assert list(woken.values_list("subject", flat=True)) == [account.sender_id]
    assert sorted(
        AuditEntry.objects.filter(action__startswith="sending.").values_list(
            "action", flat=True
        )
    ) == ["sending.lifted", "sending.stopped"]


def test_nothing_is_sent_until_it_is_lifted(shop: Shop) -> None:
    shop.book(*shop.friends(3))
    with shop.open():
        stop_all.stop_all_sends(shop.tenant)
    assert shop.dispatch() is None
    assert (shop.states(), dict(channel(shop.line, shop.account).accepted)) == (
        {"0": 3},
        {},
    )
    with shop.open():
        stop_all.lift_stop(shop.tenant)
    shop.dispatch()
    assert shop.states() == {"2": 3}


def test_a_running_sender_stops_in_the_middle(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run asks before a call when its last answer is older than it trusts; here every answer is."""
    monkeypatch.setattr(sending, "LONGEST_TRUST", -1)
    shop.book(*shop.friends(300))
    stopped_at: list[int] = []
    answers = 0

    def stop() -> None:
        with shop.open():
            stop_all.stop_all_sends(shop.tenant)
        connection.close()

    def count(name: str) -> None:
        nonlocal answers
        answers += name == "answered"
        if answers == 40 and not stopped_at:
            thread = threading.Thread(target=stop)
            thread.start()
            thread.join()
            stopped_at.append(answers)

    faultpoints.hook = count
    try:
        assert shop.dispatch() is None
    finally:
        faultpoints.hook = None
    left = channel(shop.line, shop.account).accepted.total()
    # Those that were on their way are the only ones that still arrive.
    assert stopped_at == [40]
    assert 40 <= left <= 40 + 64
    assert shop.states() == {"0": 300 - left, "2": left}
    with shop.open():
        stop_all.lift_stop(shop.tenant)
    shop.dispatch()
    assert shop.states() == {"2": 300}
    assert set(channel(shop.line, shop.account).accepted.values()) == {1}
