"""Testers are named, and messages are tried out on them without a trace in any figure."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from members.models import Member
from messaging.content.make import make_mail_content
from messaging.models import Delivery, Enrollment, LineAccount, Scenario, Step, Tester
from messaging.testers import manage
from messaging.testers.send import send_test
from operators.models import AuditEntry
from sandbox.serving import Sandbox
from tests.messaging.conftest import (
    Shop,
    make_friends,
    make_mail_account,
    make_scenario,
    make_tag,
)

TESTERS = "/t/sakura/messages/testers/"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def scenario(account: LineAccount) -> Scenario:
    steps = [(DAY, "一通目"), (2 * DAY, "二通目"), (3 * DAY, "三通目")]
    return make_scenario(account, make_tag("回答済み"), steps=steps, is_on=False)


@pytest.fixture
def friend(account: LineAccount, line: Sandbox) -> Member:
    (member,) = make_friends(line, account, 1)
    return member


def add_mail_tester() -> Tester:
    return Tester.objects.create(label="愛子", mail_address="aiko@example.jp")


def send(client: Client, url: str, **values: Any) -> Any:
    """Open the page and send its form."""
    key = client.get(url).context["form"].initial["key"]
    return client.post(url, {"key": key, **values}, follow=True)


def url_of(scenario: Scenario) -> str:
    return f"/t/sakura/messages/steps/{scenario.public_id}/test/"


def test_members_and_addresses_become_testers_once(
    aiko: Client, friend: Member
) -> None:
    for _again in range(2):
        aiko.post(f"{TESTERS}add/{friend.public_id}/")
        aiko.post(TESTERS, {"label": "愛子", "mail_address": "Aiko@Example.jp"})
    rows = Tester.objects.order_by("pk").values_list("member", "label", "mail_address")
    assert list(rows) == [(friend.pk, "", ""), (None, "愛子", "aiko@example.jp")]
    page = aiko.get(TESTERS).content.decode()
    assert ("愛子（aiko@example.jp）" in page, "友 0" in page) == (True, True)
    actions = AuditEntry.objects.filter(action="tester.made")
    assert actions.count() == 2


def test_one_is_removed(aiko: Client, vic: Client, friend: Member) -> None:
    tester = Tester.objects.create(member=friend)
    url = f"{TESTERS}{tester.public_id}/remove/"
    assert (vic.post(url).status_code, vic.get(TESTERS).status_code) == (403, 403)
    aiko.post(url)
    assert Tester.objects.count() == 0
    assert AuditEntry.objects.filter(action="tester.deleted").count() == 1


def test_there_are_not_too_many(
    aiko: Client, sakura: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manage, "MOST", 1)
    for name in ("a", "b"):
        sent = {"label": name, "mail_address": f"{name}@example.jp"}
        aiko.post(TESTERS, sent)
    assert Tester.objects.count() == 1


def test_a_deleted_member_is_no_tester(aiko: Client, friend: Member) -> None:
    Tester.objects.create(member=friend)
    Member.objects.filter(pk=friend.pk).update(deleted_at="2026-01-01T00:00Z")
    assert aiko.get(TESTERS).context["rows"] == []


def test_a_series_runs_on_a_tester_a_message_a_minute(
    aiko: Client, scenario: Scenario, friend: Member
) -> None:
    tester = Tester.objects.create(member=friend)
    send(aiko, url_of(scenario), testers=[tester.public_id])
    found = list(Delivery.objects.order_by("due_at"))
    assert [row.content.text for row in found] == ["一通目", "二通目", "三通目"]
    assert [row.due_at - found[0].due_at for row in found] == [
        0 * MINUTE,
        MINUTE,
        2 * MINUTE,
    ]
    told = {
        (row.source, row.member_id, row.sender_id, row.enrollment_id, row.step_id)
        for row in found
    }
    assert told == {(4, friend.pk, scenario.account.sender_id, None, None)}
    assert Enrollment.objects.count() == 0
    assert Delivery.objects.exclude(step=None).counts_by_step() == {}
    entry = AuditEntry.objects.get(action="scenario.tested")
    assert entry.data == {"n": 3, "testers": 1}


def test_a_second_click_sends_nothing_twice(
    aiko: Client, scenario: Scenario, friend: Member
) -> None:
    tester = Tester.objects.create(member=friend)
    url = url_of(scenario)
    key = aiko.get(url).context["form"].initial["key"]
    for _again in range(2):
        aiko.post(url, {"key": key, "testers": [tester.public_id]})
    assert Delivery.objects.count() == 3


def test_only_who_can_get_it_is_offered(
    aiko: Client, scenario: Scenario, friend: Member
) -> None:
    blocked = Member.objects.create(
        line_user_id="U9", line_state="blocked", name="無理"
    )
    testers = [
        Tester.objects.create(member=friend),
        Tester.objects.create(member=blocked),
        add_mail_tester(),
    ]
    form = aiko.get(url_of(scenario)).context["form"]
    assert [value for value, _label in form.fields["testers"].choices] == [
        testers[0].public_id
    ]
    answer = send(aiko, url_of(scenario), testers=[testers[2].public_id])
    assert (answer.status_code, Delivery.objects.count()) == (422, 0)


def test_a_mail_of_a_series_goes_to_an_address(
    aiko: Client, scenario: Scenario, line: Sandbox
) -> None:
    sender = make_mail_account(line).sender
    Step.objects.filter(content__text="二通目").update(
        content=make_mail_content("件名", "本文")
    )
    tester = add_mail_tester()
    send(aiko, url_of(scenario), testers=[tester.public_id])
    found = Delivery.objects.get()
    assert (found.address, found.channel, found.sender_id) == (
        "aiko@example.jp",
        "mail",
        sender.pk,
    )


def test_without_a_mail_account_nothing_is_booked(
    aiko: Client, scenario: Scenario
) -> None:
    Step.objects.filter(content__text="二通目").update(
        content=make_mail_content("件名", "本文")
    )
    answer = send(aiko, url_of(scenario), testers=[add_mail_tester().public_id])
    assert "メールアカウントがありません" in answer.content.decode()
    assert Delivery.objects.count() == 0


def test_a_tester_who_opted_out_gets_the_test(shop: Shop) -> None:
    (member,) = shop.friends(1, line_optout_at="2026-01-01T00:00Z")
    with shop.open():
        scenario = make_scenario(shop.account, shop.tag, is_on=False)
        tester = Tester.objects.create(member=member)
        contents = [scenario.steps.get().content]
        sender = shop.account.sender
        send_test(shop.tenant, scenario, contents, [tester], sender, "k" * 16)
    shop.dispatch()
    assert shop.states() == {"2": 1}
