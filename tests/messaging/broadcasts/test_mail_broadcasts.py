"""Broadcasts by mail, and by LINE or mail, whichever each has."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from members.models import Member
from messaging.broadcasts import manage
from messaging.broadcasts.audience import count_audience, count_ways
from messaging.content.make import make_mail_content
from messaging.models import Broadcast, Content, Delivery, LineAccount
from messaging.suppression.manage import suppress_address
from messaging.tasks import fix_broadcast_audience
from sandbox.serving import Sandbox
from tenants.models import Tenant, Wakeup
from tests.messaging.conftest import Shop, make_friends, make_mail_account


def make_people(line: Sandbox, account: LineAccount) -> list[Member]:
    """A friend, one who blocked, one who opted out of mail, one with nothing, and a buyer with an address alone."""
    rows = make_friends(line, account, 3, email="a@example.jp")
    Member.objects.filter(pk=rows[1].pk).update(line_state="blocked")
    Member.objects.filter(pk=rows[2].pk).update(
        line_user_id=None, mail_optout_at=timezone.now()
    )
    return [
        *rows,
        Member.objects.create(),
        Member.objects.create(email="buyer@example.jp"),
    ]


def make_broadcast(way: str, account: LineAccount | None) -> Broadcast:
    mail = make_mail_content("件名", "{name|お客様}様")
    line = Content.objects.create(text="秋")
    either = way == "either"
    return Broadcast.objects.create(
        name="秋",
        account=account,
        way=way,
        content=mail if way == "mail" else line,
        mail_content=mail if either else None,
    )


def test_each_of_the_audience_has_one_message_or_a_reason(
    account: LineAccount, line: Sandbox
) -> None:
    friend, blocked, out, nothing, buyer = make_people(line, account)
    sender = make_mail_account(line).sender_id
    held = Member.objects.create(email="Held@example.jp", email_key="held@example.jp")
    suppress_address("held@example.jp", "unsubscribed")
    broadcast = make_broadcast("either", account)
    assert count_audience(make_broadcast("mail", account)) == {
        "": 3,
        "mail_opted_out": 1,
        "no_email": 1,
        "unsubscribed": 1,
    }
    assert count_audience(broadcast) == {
        "": 3,
        "mail_opted_out": 1,
        "no_way": 1,
        "unsubscribed": 1,
    }
    assert count_ways(broadcast) == {
        ("", False): 1,
        ("", True): 2,
        ("mail_opted_out", False): 1,
        ("no_way", False): 1,
        ("unsubscribed", False): 1,
    }
    manage.start_broadcast(broadcast)
    for _again in range(2):
        fix_broadcast_audience(broadcast.tenant, broadcast.pk)
    rows = Delivery.objects.order_by("member_id")
    assert list(rows.values_list("member_id", "channel", "state", "reason")) == [
        (friend.pk, "line", 0, ""),
        (blocked.pk, "mail", 0, ""),
        (out.pk, "line", 3, "mail_opted_out"),
        (nothing.pk, "line", 3, "no_way"),
        (buyer.pk, "mail", 0, ""),
        (held.pk, "line", 3, "unsubscribed"),
    ]
    woken = Wakeup.objects.filter(kind="messaging.dispatch")
    assert set(woken.values_list("subject", flat=True)) == {account.sender_id, sender}
    mails = rows.filter(channel="mail")
    pairs = broadcast.mail_content_id, broadcast.content_id, sender
    assert set(mails.values_list("content_id", "other_content_id", "sender_id")) == {
        pairs
    }


def test_by_mail_alone_without_any_line_account(sakura: Tenant, line: Sandbox) -> None:
    make_mail_account(line)
    Member.objects.create(email="a@example.jp")
    Member.objects.create()
    broadcast = make_broadcast("mail", None)
    assert count_audience(broadcast) == {"": 1, "no_email": 1}
    manage.start_broadcast(broadcast)
    fix_broadcast_audience(broadcast.tenant, broadcast.pk)
    rows = Delivery.objects.order_by("member_id").values_list(
        "channel", "state", "reason", "is_ad"
    )
    assert list(rows) == [("mail", 0, "", True), ("mail", 3, "no_email", True)]


def test_both_channels_send_and_the_sum_holds(shop: Shop) -> None:
    with shop.open():
        make_people(shop.line, shop.account)
        sender = make_mail_account(shop.line).sender
        broadcast = make_broadcast("either", shop.account)
        manage.start_broadcast(broadcast)
        fix_broadcast_audience(shop.tenant, broadcast.pk)
    for via in (shop.account.sender, sender):
        shop.dispatch(via=via)
    assert shop.states() == {"2": 3, "3 mail_opted_out": 1, "3 no_way": 1}
    to = sorted(mail.to for mail in shop.line.mail.mails)
    assert to == ["a@example.jp", "buyer@example.jp"]


def test_the_form_saves_both_and_the_page_counts_both(
    account: LineAccount, line: Sandbox, ed: Client
) -> None:
    make_people(line, account)
    make_mail_account(line)
    given: dict[str, Any] = {
        "name": "冬", "account": account.public_id, "audience": "all", "text": "LINEの文", "form_id": "", "due_at": "",
        "fixed_at": "send", "is_ad": "1", "way": "either", "subject": "件名", "mail_text": "メールの文",
    }  # fmt: skip
    answer = ed.post("/t/sakura/messages/broadcasts/new/", given)
    broadcast = Broadcast.objects.get()
    said = broadcast.way, broadcast.content.text, broadcast.mail_content.mail["text"]
    assert said == ("either", "LINEの文", "メールの文")
    page = ed.get(answer["Location"]).content.decode()
    assert "LINE 1名、メール 2名" in page
    assert "LINEの送信数を1通使います。" in page
    assert "メールの文" in page
    mail = {**given, "way": "mail", "text": ""}
    assert ed.post(f"{answer['Location']}edit/", mail).status_code == 302
    broadcast.refresh_from_db()
    assert (broadcast.way, broadcast.content.mail["text"], broadcast.mail_content) == (
        "mail",
        "メールの文",
        None,
    )
    assert "LINEの送信数" not in ed.get(answer["Location"]).content.decode()


def test_what_comes_back_after_the_stop_goes_by_neither_channel(shop: Shop) -> None:
    """A call that was claimed when the broadcast was stopped, and never made, leaves its message booked."""
    with shop.open():
        make_people(shop.line, shop.account)
        sender = make_mail_account(shop.line).sender
        broadcast = make_broadcast("either", shop.account)
        manage.start_broadcast(broadcast)
        fix_broadcast_audience(shop.tenant, broadcast.pk)
        Broadcast.objects.update(state=Broadcast.State.STOPPED)
    for via in (shop.account.sender, sender):
        shop.dispatch(via=via)
    assert shop.states() == {
        "5 broadcast_stopped": 3,
        "3 mail_opted_out": 1,
        "3 no_way": 1,
    }
    assert not shop.line.mail.mails


@pytest.mark.parametrize(
    ("way", "wrong"), [("line", ["way"]), ("either", ["way"]), ("mail", [])]
)
def test_without_an_active_line_account_only_mail_is_saved(
    account: LineAccount, line: Sandbox, ed: Client, way: str, wrong: list[str]
) -> None:
    make_mail_account(line)
    LineAccount.objects.update(is_active=False)
    given = {
        "name": "冬", "audience": "all", "text": "LINEの文", "fixed_at": "send", "is_ad": "1", "way": way,
        "subject": "件名", "mail_text": "メールの文",
    }  # fmt: skip
    answer = ed.post("/t/sakura/messages/broadcasts/new/", given)
    found = list(answer.context["form"].errors) if answer.status_code == 422 else []
    assert (found, Broadcast.objects.count()) == (wrong, 0 if wrong else 1)
