import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from members.merge.merge import merge_members
from members.models import Member, Visit
from messaging.channels.line.links import build_webhook_url
from messaging.inbound import events
from messaging.models import Delivery, Enrollment, LineAccount, Trigger, WebhookEvent
from messaging.tasks import handle_webhook
from sandbox.serving import Sandbox
from tenants.models import Wakeup
from tenants.scope import open_tenant_scope
from tests.conftest import Cast, make_cast
from tests.messaging.conftest import (
    SECRET,
    channel,
    make_account,
    make_friends,
    make_scenario,
)

USER = "U" + "b" * 32


def event(
    kind: str = "follow",
    at: int = 1_790_000_000_000,
    event_id: str = "01EVENT",
    user: str = USER,
) -> dict[str, Any]:
    return {
        "type": kind, "webhookEventId": event_id, "timestamp": at, "mode": "active",
        "source": {"type": "user", "userId": user}, "deliveryContext": {"isRedelivery": False},
    }  # fmt: skip


def post(
    account: LineAccount,
    events: Any,
    secret: str = SECRET,
    body: bytes | None = None,
    **headers: str,
) -> Any:
    body = (
        json.dumps({"destination": "U0", "events": events}).encode()
        if body is None
        else body
    )
    mac = base64.b64encode(
        hmac.new(secret.encode(), body, hashlib.sha256).digest()
    ).decode()
    return Client(enforce_csrf_checks=True).post(
        f"/p/{account.tenant.slug}/hooks/line/{account.webhook_key}/",
        body,
        content_type="application/json",
        headers={"x-line-signature": mac, **headers},
    )


def test_an_event_is_kept_and_the_handler_woken(account: LineAccount) -> None:
    assert post(account, [event()]).status_code == 200
    kept = WebhookEvent.objects.get()
    assert (kept.account, kept.event_id, kept.kind, kept.user_id) == (
        account,
        "01EVENT",
        "follow",
        USER,
    )
    assert kept.payload == event()
    assert kept.occurred_at.timestamp() == 1_790_000_000
    assert (
        Wakeup.objects.filter(
            kind="messaging.webhook", subject=account.pk, tenant=account.tenant
        ).count()
        == 1
    )
    account.refresh_from_db()
    assert account.last_webhook_at is not None


def test_empty_events_are_the_consoles_check(account: LineAccount) -> None:
    assert post(account, []).status_code == 200
    assert WebhookEvent.objects.count() == 0


def test_wrong_signature_changes_nothing(account: LineAccount) -> None:
    assert post(account, [event()], secret="another").status_code == 403
    assert post(account, [], body=b"\xff\xfe", secret="another").status_code == 403
    assert WebhookEvent.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"{",
        b"[]",
        b"{}",
        b'{"events": 1}',
        b'{"events":' + b"[" * 100_000,
        b'{"events":[{"a":' * 2_000,
        b'{"events":[{"type":"follow","webhookEventId":"1","timestamp":1790000000000,"x":NaN}]}',
        b'{"events":[{"type":"follow","webhookEventId":"1","timestamp":1790000000000,"x":1e999}]}',
        b'{"events":[{"type":"follow","webhookEventId":"1","timestamp":1'
        + b"0" * 5_000
        + b"}]}",
    ],
    ids=range(10),
)
def test_no_webhook_body(account: LineAccount, body: bytes) -> None:
    assert post(account, [], body=body).status_code == 400


def test_a_body_over_a_megabyte(account: LineAccount) -> None:
    assert post(account, [], body=b" " * (1024 * 1024 + 1)).status_code == 413


def test_unknown_key_and_the_other_shop(cast: Cast, line: Sandbox) -> None:
    with open_tenant_scope(cast.sakura):
        account = make_account(line)
    with_key = f"/hooks/line/{account.webhook_key}/"
    assert (
        Client()
        .post(f"/p/momiji{with_key}", b"{}", content_type="application/json")
        .status_code
        == 404
    )
    assert (
        Client()
        .post("/p/sakura/hooks/line/guess/", b"{}", content_type="application/json")
        .status_code
        == 404
    )
    assert Client().get(f"/p/sakura{with_key}").status_code == 405


def test_what_line_may_invent_is_passed_by(account: LineAccount) -> None:
    odd = [
        {"type": "new"},
        7,
        {**event(), "timestamp": "soon"},
        {**event("teleport", event_id="02"), "x": {"\0": ["\ud800"]}},
    ]
    assert post(account, odd).status_code == 200
    assert WebhookEvent.objects.get().event_id == "02"
    assert handle(account) is None
    assert Member.objects.count() == 0
    assert WebhookEvent.objects.get().handled_at is not None


def test_no_event_is_later_than_now(account: LineAccount, line: Sandbox) -> None:
    line.line.add_friends(channel(line, account), [{"user_id": USER, "name": "花子"}])
    before = timezone.now()
    post(account, [event(at=253_402_214_400_000)])  # the last day of 9999
    handle(account)
    member = Member.objects.get()
    assert before <= member.line_state_at <= timezone.now()
    assert member.last_seen_at == WebhookEvent.objects.get().occurred_at
    at = int(timezone.now().timestamp() * 1000) + 1
    post(account, [event("unfollow", at=at, event_id="02")])
    handle(account)
    member.refresh_from_db()
    assert member.line_state == "blocked"


@pytest.mark.parametrize("at", [0, -62_135_596_800_000, 1, 10**30, -(10**30)])
def test_an_event_from_before_line_has_no_time(account: LineAccount, at: int) -> None:
    assert post(account, [event(at=at)]).status_code == 200
    assert WebhookEvent.objects.count() == 0


@pytest.mark.parametrize(
    "source",
    [
        {"type": "group", "groupId": "C1", "userId": USER},
        {"type": "room", "roomId": "R1", "userId": USER},
        {"userId": USER},
        {"type": "user", "userId": 7},
        [],
        None,
    ],
    ids=str,
)
def test_only_who_writes_alone_is_a_friend(account: LineAccount, source: Any) -> None:
    post(account, [{**event("message"), "source": source}])
    assert handle(account) is None
    kept = WebhookEvent.objects.get()
    assert (kept.user_id, bool(kept.handled_at)) == ("", True)
    assert (Member.objects.count(), Visit.objects.count()) == (0, 0)


def handle(account: LineAccount) -> Any:
    return handle_webhook(account.tenant, account.pk)


def test_follow_makes_a_named_member(account: LineAccount, line: Sandbox) -> None:
    line.line.add_friends(
        channel(line, account), [{"user_id": USER, "name": "山田 花子"}]
    )
    post(account, [event()])
    assert handle(account) is None
    member = Member.objects.get()
    assert (member.line_user_id, member.line_name, member.line_state) == (
        USER,
        "山田 花子",
        "friend",
    )
    assert member.last_seen_at.timestamp() == 1_790_000_000
    assert WebhookEvent.objects.filter(handled_at=None).count() == 0


def test_events_are_handled_in_the_order_of_their_times(
    account: LineAccount, line: Sandbox
) -> None:
    line.line.add_friends(channel(line, account), [{"user_id": USER, "name": "花子"}])
    post(
        account,
        [
            event("unfollow", 1_790_000_002_000, "03"),
            event("follow", 1_790_000_001_000, "01"),
        ],
    )
    handle(account)
    assert Member.objects.get().line_state == "blocked"
    post(account, [event("follow", 1_790_000_001_500, "02")])
    handle(account)
    assert Member.objects.get().line_state == "blocked"


def test_unfollow_is_not_being_there(account: LineAccount, line: Sandbox) -> None:
    (member,) = make_friends(line, account, 1)
    post(account, [event("unfollow", user=member.line_user_id)])
    handle(account)
    member.refresh_from_db()
    assert (member.line_state, member.last_seen_at) == ("blocked", None)


def test_a_joined_line_id_is_the_sign_of_life_of_who_stayed(
    account: LineAccount, line: Sandbox, cast: Cast
) -> None:
    (goes,) = make_friends(line, account, 1)
    stays = Member.objects.create(name="残る人")
    merge_members(stays, [goes], {}, cast.ed)
    post(account, [event("message", user=goes.line_user_id)])
    handle(account)
    stays.refresh_from_db()
    goes.refresh_from_db()
    assert (stays.last_seen_at.timestamp(), goes.last_seen_at) == (1_790_000_000, None)
    assert (stays.visits, goes.visits) == (1, 0)


def test_messages_and_taps_are_visits_once(account: LineAccount, line: Sandbox) -> None:
    (member,) = make_friends(line, account, 1)
    news = [
        event(
            kind,
            1_790_000_000_000 + minutes * 60_000,
            f"0{number}",
            member.line_user_id,
        )
        for number, (kind, minutes) in enumerate(
            (("message", 0), ("postback", 20), ("follow", 25), ("message", 51))
        )
    ]
    for _again in range(2):
        post(account, news)
        handle(account)
    member.refresh_from_db()
    assert (member.visits, member.sessions, member.last_seen_at.timestamp()) == (
        3,
        2,
        1_790_000_000 + 51 * 60,
    )
    assert sorted(Visit.objects.values_list("kind", flat=True)) == [
        "message",
        "message",
        "tap",
    ]


def test_message_of_an_old_friend_seen_for_the_first_time(
    account: LineAccount, line: Sandbox
) -> None:
    line.line.add_friends(channel(line, account), [{"user_id": USER, "name": "旧友"}])
    post(account, [event("message")])
    handle(account)
    member = Member.objects.get()
    assert (member.line_name, member.line_state) == ("旧友", "friend")


def test_message_of_somebody_who_is_no_friend(account: LineAccount) -> None:
    post(account, [event("message")])
    assert handle(account) is None
    member = Member.objects.get()
    assert (member.line_name, member.line_state) == ("", "none")
    assert member.last_seen_at is not None


def test_line_down_loses_nothing(
    account: LineAccount, line: Sandbox, settings: Any
) -> None:
    line.line.add_friends(channel(line, account), [{"user_id": USER, "name": "花子"}])
    settings.LINE_API_URL = "http://127.0.0.1:9"
    post(account, [event(), event("message", 1_790_000_000_500, "02")])
    assert handle(account) is not None
    assert Member.objects.get().line_state == "friend"
    assert WebhookEvent.objects.filter(handled_at=None).exclude(error="").count() == 2
    settings.LINE_API_URL = line.line_url
    assert handle(account) is None
    assert Member.objects.get().line_name == "花子"
    assert WebhookEvent.objects.filter(handled_at=None).count() == 0


def test_a_bad_token_does_not_hold_up_the_events(account: LineAccount) -> None:
    LineAccount.objects.update(access_token="")
    LineAccount.objects.filter(pk=account.pk).update(channel_id="1")
    post(account, [event()])
    assert handle(account) is None
    assert WebhookEvent.objects.get().error.startswith("400")
    assert Member.objects.get().line_state == "friend"


def test_a_name_that_cannot_be_kept_does_not_hold_up_the_others(
    account: LineAccount, line: Sandbox
) -> None:
    other = "U" + "c" * 32
    line.line.add_friends(
        channel(line, account),
        [{"user_id": USER, "name": "a\0b"}, {"user_id": other, "name": "花子"}],
    )
    post(account, [event(), event("follow", 1_790_000_001_000, "02", other)])
    assert handle(account) is None
    assert sorted(
        Member.objects.values_list("line_user_id", "line_name", "line_state")
    ) == [(USER, "", "friend"), (other, "花子", "friend")]
    assert list(
        WebhookEvent.objects.order_by("pk").values_list("error", flat=True)
    ) == ["DataError", ""]


def test_handled_twice_is_handled_once(account: LineAccount, line: Sandbox) -> None:
    line.line.add_friends(channel(line, account), [{"user_id": USER, "name": "花子"}])
    post(account, [event(), event()])
    handle(account)
    before = (Member.objects.values().get(), WebhookEvent.objects.values().get())
    WebhookEvent.objects.update(handled_at=None)
    handle(account)
    assert Member.objects.values().get() == before[0]


def test_pages_past_events_that_stay_open(
    account: LineAccount, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(events, "PAGE", 2)
    settings.LINE_API_URL = "http://127.0.0.1:9"
    follows = [event("follow", event_id=f"{n:02}", user=f"U{n:032}") for n in range(5)]
    post(account, [*follows, event("unfollow", 1_790_000_001_000, "99")])
    assert handle(account) is not None
    assert Member.objects.filter(line_state="friend").count() == 5
    assert Member.objects.get(line_user_id=USER).line_state == "blocked"


def test_a_run_has_its_end_however_many_come_in(
    account: LineAccount, line: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(account, [event(event_id=str(number)) for number in range(3)])
    monkeypatch.setattr(events, "RUN_SECONDS", -1)
    again = events.handle_open_events(account)
    assert again and again <= timezone.now()
    assert WebhookEvent.objects.filter(handled_at=None).count() == 2
    monkeypatch.undo()
    assert events.handle_open_events(account) is None


@pytest.mark.django_db(transaction=True)
def test_the_same_event_five_times_at_once(line: Sandbox) -> None:
    with transaction.atomic():
        cast = make_cast()
    with open_tenant_scope(cast.sakura), transaction.atomic():
        account = make_account(line)
        line.line.add_friends(
            channel(line, account), [{"user_id": USER, "name": "花子"}]
        )
    statuses: list[int] = []

    def deliver() -> None:
        statuses.append(
            post(
                account, [event(), event("message", 1_790_000_000_001, "02")]
            ).status_code
        )
        connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 5
    with open_tenant_scope(account.tenant):
        handle(account)
        with transaction.atomic():
            assert WebhookEvent.objects.count() == 2
            assert Member.objects.values_list("line_name", "line_state").get() == (
                "花子",
                "friend",
            )


def test_the_address_given_to_line(account: LineAccount, settings: Any) -> None:
    settings.SITE_URL = "https://crm.example.jp"
    assert (
        build_webhook_url(account)
        == f"https://crm.example.jp/p/sakura/hooks/line/{account.webhook_key}/"
    )


# ---------------------------------------------------------------- what events start and end
def test_following_starts_a_series_once_and_blocking_ends_it(
    account: LineAccount, line: Sandbox
) -> None:
    line.line.add_friends(channel(line, account), [{"user_id": USER, "name": "花子"}])
    scenario = make_scenario(account, steps=[(timedelta(days=1), "ようこそ")])
    Trigger.objects.create(scenario=scenario, kind="friend_added")
    Trigger.objects.create(scenario=scenario, kind="blocked", role="stop")
    seen = make_scenario(account, name="初めて")
    Trigger.objects.create(scenario=seen, kind="first_seen")
    post(account, [event()])
    handle(account)
    handle(account)
    run = Enrollment.objects.get()
    assert (run.scenario, run.member) == (scenario, Member.objects.get())
    post(account, [event("message", event_id="02")])  # known by now
    at = int(timezone.now().timestamp() * 1000)
    post(account, [event("unfollow", at=at, event_id="03")])
    handle(account)
    run.refresh_from_db()
    assert (run.ended_why, Delivery.objects.get().reason) == ("stopped", "stopped")
    assert Enrollment.objects.count() == 1


def test_first_seen_is_a_trigger_of_its_own(
    account: LineAccount, line: Sandbox
) -> None:
    line.line.add_friends(channel(line, account), [{"user_id": USER, "name": "花子"}])
    for kind in ("friend_added", "first_seen"):
        scenario = make_scenario(account, name=kind)
        Trigger.objects.create(scenario=scenario, kind=kind)
    post(account, [event("message")])
    post(account, [event("message", event_id="02")])
    handle(account)
    assert [row.scenario.name for row in Enrollment.objects.all()] == ["first_seen"]
