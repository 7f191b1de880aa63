"""送信ログ, and what a person decides on it."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from messaging.content.make import make_mail_content
from messaging.models import Call, Delivery, LineAccount, Sender
from messaging.templatetags.messaging import delivered_text
from operators.masking import show_to
from operators.models import AuditEntry
from sandbox.serving import Sandbox
from tenants.models import Tenant, Wakeup
from tests.messaging.conftest import give, make_friends, make_scenario, make_tag

LOG = "/t/sakura/messages/log/"


@pytest.fixture
def deliveries(account: LineAccount, line: Sandbox) -> list[Delivery]:
    tag = make_tag("回答済み")
    make_scenario(account, tag)
    give(tag, *make_friends(line, account, 3))
    return list(Delivery.objects.order_by("pk"))


def change(delivery: Delivery, **values: object) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(**values)


def make_call(delivery: Delivery, **values: object) -> Call:
    now = timezone.now()
    given = {
        "sender": delivery.sender, "kind": "push", "key": uuid.uuid4(), "content": delivery.content, "to": ["U"],
        "due_at": now, "first_tried_at": now, **values,
    }  # fmt: skip
    return Call.objects.create(**given)


def test_the_log_says_what_happened_and_why(
    aiko: Client, deliveries: list[Delivery]
) -> None:
    change(deliveries[0], state=3, reason="blocked")
    call = make_call(deliveries[1], error="Failed to send messages")
    change(deliveries[1], state=4, reason="refused", call=call)
    page = aiko.get(LOG).content.decode()
    assert "会員がLINE公式アカウントをブロックしています。" in page
    assert "LINEが受け付けませんでした。LINEの返答：Failed to send messages" in page
    assert [d.pk for d in aiko.get(f"{LOG}?state=failed").context["page"]] == [
        deliveries[1].pk
    ]
    assert aiko.get(f"{LOG}?state=sent").context["page"].rows == []


def test_unknown_ones_stand_first_with_two_buttons(
    aiko: Client, vic: Client, deliveries: list[Delivery]
) -> None:
    change(
        deliveries[0],
        state=6,
        reason="expired",
        planned_at=timezone.now() - timedelta(days=300),
    )
    response = aiko.get(LOG)
    assert [d.pk for d in response.context["unknown"]] == [deliveries[0].pk]
    assert "送信済みにする" in response.content.decode()
    assert "送信済みにする" not in vic.get(LOG).content.decode()


def test_marking_as_sent(aiko: Client, vic: Client, deliveries: list[Delivery]) -> None:
    change(deliveries[0], state=6, reason="expired")
    url = f"{LOG}{deliveries[0].public_id}/sent/"
    assert vic.post(url).status_code == 403
    aiko.post(url)
    found = Delivery.objects.get(pk=deliveries[0].pk)
    assert (found.state, found.reason) == (2, "by_hand")
    assert AuditEntry.objects.filter(action="delivery.marked_sent").count() == 1


def test_sending_again_asks_and_takes_a_new_key(
    aiko: Client, deliveries: list[Delivery], account: LineAccount
) -> None:
    call = make_call(deliveries[0], state=Call.State.UNKNOWN)
    change(deliveries[0], state=6, reason="expired", tries=3, call=call)
    url = f"{LOG}{deliveries[0].public_id}/again/"
    assert "同じメッセージが2回届きます" in aiko.get(url).content.decode()
    assert Delivery.objects.get(pk=deliveries[0].pk).state == 6
    Wakeup.objects.all().delete()
    aiko.post(url)
    found = Delivery.objects.get(pk=deliveries[0].pk)
    assert (found.state, found.tries, found.call) == (0, 3, None)
    assert (
        Wakeup.objects.filter(
            kind="messaging.dispatch", subject=account.sender_id
        ).count()
        == 1
    )


def test_what_was_decided_already_stays(
    aiko: Client, deliveries: list[Delivery]
) -> None:
    before = Delivery.objects.values().get(pk=deliveries[0].pk)
    assert aiko.post(f"{LOG}{uuid.uuid4()}/sent/").status_code == 404
    for path in (
        f"{deliveries[0].public_id}/again/",
        f"{deliveries[0].public_id}/sent/",
    ):
        page = aiko.post(LOG + path, follow=True).content.decode()
        assert "すでに対応されています" in page
    assert Delivery.objects.values().get(pk=deliveries[0].pk) == before


def test_a_stopped_account_is_shown_with_a_button(
    aiko: Client, vic: Client, deliveries: list[Delivery], account: LineAccount
) -> None:
    Sender.objects.update(paused_reason="quota", paused_at=timezone.now())
    assert "「さくら商店」からの送信が止まっています" in aiko.get(LOG).content.decode()
    resume = f"/t/sakura/messages/senders/{account.sender.public_id}/resume/"
    assert vic.post(resume).status_code == 403
    aiko.post(resume)
    assert Sender.objects.get().paused_reason == ""
    assert (
        AuditEntry.objects.filter(
            action="account.resumed", data={"was": "quota"}
        ).count()
        == 1
    )


def test_a_mail_with_somebodys_answers_is_not_shown_masked(sakura: Tenant) -> None:
    text = "お名前：鹿内 佐久良"
    content = make_mail_content("控え", text, to="canary@example.jp")
    delivery = Delivery(content=content)
    assert delivered_text(delivery) == f"控え\n\n{text}"
    with show_to(None):
        assert (
            delivered_text(delivery)
            == "（この方の回答を含むメールのため、表示できません）"
        )
