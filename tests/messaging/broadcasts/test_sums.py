"""Whatever befalls a broadcast: sent and the reasons in words are the audience, always."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from members.models import Member
from messaging.accounts.stop_all import lift_stop, stop_all_sends
from messaging.broadcasts import manage
from messaging.channels.line.channel import LineChannel
from messaging.deliveries import sender
from messaging.deliveries.ledger import Request
from messaging.models import Broadcast, Content, Delivery
from messaging.tasks import fix_broadcast_audience
from operators.models import Operator
from tenants.scope import open_tenant_scope
from tests.conftest import client_for
from tests.messaging.conftest import Shop, channel

State = Delivery.State
CHANGES: list[dict[str, Any]] = [
    {}, {}, {}, {"line_optout_at": timezone.now()}, {"line_state": "blocked"}, {"line_state": "none"},
    {"line_user_id": None}, {"line_user_id": "U-of-another-provider"},
]  # fmt: skip
LATER: list[dict[str, Any]] = [
    {}, {"line_state": "blocked"}, {"deleted_at": timezone.now()}, {}, {}, {}, {}, {},
]  # fmt: skip
# What happens between the fixing of the audience and its end.
WORLDS = ("calm", "changed", "stopped", "halted", "no answer", "quota")


def make_world(shop: Shop) -> tuple[Broadcast, list[Member]]:
    members = shop.friends(len(CHANGES))
    with shop.open():
        for member, change in zip(members, CHANGES, strict=True):
            if change:
                Member.objects.filter(pk=member.pk).update(**change)
        content = Content.objects.create(text="{name|お客様}へ")
        made = Broadcast.objects.create(
            name="秋", account=shop.account, content=content
        )
        manage.start_broadcast(made)
    with open_tenant_scope(shop.tenant):
        fix_broadcast_audience(shop.tenant, made.pk)
    return made, members


def befall(shop: Shop, world: str, made: Broadcast, members: list[Member]) -> None:
    faults = shop.line.line.faults
    with shop.open():
        if world == "changed":
            for member, change in zip(members, LATER, strict=True):
                if change:
                    Member.objects.filter(pk=member.pk).update(**change)
        if world == "stopped":
            assert manage.stop_broadcast(made) == 4
        if world == "halted":
            stop_all_sends(shop.tenant)
    if world == "no answer":
        shop.line.line.faults = type(faults)(hang=0.0, after_500=1.0)
    if world == "quota":
        faults.quota_429 = True
    shop.dispatch()
    if world == "no answer":
        shop.shift(90_000, "first_tried_at", "due_at")
        shop.dispatch()


@pytest.mark.parametrize("world", WORLDS)
def test_sent_and_reasons_are_the_audience(shop: Shop, world: str) -> None:
    made, members = make_world(shop)
    befall(shop, world, made, members)
    with shop.open():
        made.refresh_from_db()
        rows = list(Delivery.objects.filter(broadcast=made).logged())
        states = Counter(State(row.state).name for row in rows)
        wordless = [
            (row.state, row.reason)
            for row in rows
            if row.state not in (State.SENT, State.SCHEDULED) and not row.why
        ]
        reasons = Counter(row.why for row in rows if row.state != State.SENT)
    assert made.audience_count == len(members) == len(rows)
    assert wordless == []
    assert states["SENT"] + reasons.total() == made.audience_count
    expected = {
        "calm": {"SENT": 3, "SKIPPED": 4, "FAILED": 1},
        "changed": {"SENT": 1, "SKIPPED": 6, "FAILED": 1},
        "stopped": {"CANCELLED": 4, "SKIPPED": 4},
        "halted": {"SCHEDULED": 4, "SKIPPED": 4},
        "no answer": {"UNKNOWN": 3, "SKIPPED": 4, "FAILED": 1},
        "quota": {"SCHEDULED": 3, "SKIPPED": 4, "FAILED": 1},
    }[world]
    assert states == expected


def test_what_the_page_says_adds_up(shop: Shop) -> None:
    made, members = make_world(shop)
    befall(shop, "changed", made, members)
    client: Client = client_for(Operator.objects.get(login_id="vic"))
    page = client.get(f"/t/sakura/messages/broadcasts/{made.public_id}/")
    shares = {each["name"]: each["count"] for each in page.context["shares"]}
    assert sum(shares.values()) == len(members)
    skipped = page.context["skipped"]
    assert sum(n for _reason, _words, n in skipped) == shares["skipped"]
    for reason, words, number in skipped:
        asked = {"broadcast": made.public_id, "state": "skipped", "reason": reason}
        rows = client.get("/t/sakura/messages/log/", asked).context["page"].rows
        assert [row.why for row in rows] == [words] * number


def test_after_the_stop_of_all_is_lifted_the_rest_goes(shop: Shop) -> None:
    made, members = make_world(shop)
    befall(shop, "halted", made, members)
    with shop.open():
        lift_stop(shop.tenant)
    shop.dispatch()
    with shop.open():
        states = Counter(
            Delivery.objects.filter(broadcast=made).values_list("state", flat=True)
        )
    assert states == {State.SENT: 3, State.SKIPPED: 4, State.FAILED: 1}


def test_a_stop_reaches_what_is_claimed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker has taken all of them, and the word comes before the second call."""
    made, members = make_world(shop)
    monkeypatch.setattr(sender, "LONGEST_TRUST", -1)
    monkeypatch.setattr(LineChannel, "in_flight", 1)
    calls = iter(range(10))

    def stop() -> None:
        with shop.open():
            assert manage.stop_broadcast(made) == 0
        connection.close()

    async def wait_turn(channel: LineChannel, request: Request) -> None:
        if next(calls) == 1:
            await asyncio.to_thread(stop)

    monkeypatch.setattr(LineChannel, "wait_turn", wait_turn)
    shop.dispatch()
    shop.dispatch()
    with shop.open():
        rows = Delivery.objects.filter(broadcast=made).values_list("state", "reason")
        states = Counter(rows)
    tried = {State.SENT, State.FAILED}  # one of them LINE does not know
    assert sum(n for (state, _why), n in states.items() if state in tried) == 1
    assert states[State.CANCELLED, "broadcast_stopped"] == 3
    assert sum(states.values()) == len(members)
    arrived = channel(shop.line, shop.account).accepted.total()
    assert arrived == states[State.SENT, ""]
