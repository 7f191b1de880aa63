"""配信停止: one click of a mail program, a button for everybody else, and never by merely opening the page."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from members.models import Member, Segment
from members.screens.builder.form import Builder
from messaging.channels.mail.message import build_message
from messaging.content.mail import MailParts
from messaging.models import Delivery, MailFooter, Suppression
from messaging.screens.broadcasts.forms import BroadcastForm
from messaging.screens.content.blocks import BubbleRows
from messaging.suppression.manage import find_suppressions
from tests.messaging.conftest import Shop, make_mail_account


def send_ad(shop: Shop) -> tuple[Any, Any, str]:
    """Send an advertising mail to one member; return the sender, what was caught, and the link's path."""
    with shop.open():
        member = Member.objects.create(name="花子", email="hanako@example.jp")
    sender = shop.mail(member, is_ad=True)
    shop.dispatch(via=sender)
    caught = shop.line.mail.mails[-1]
    with shop.open():
        values = Delivery.objects.get().call.values
    path = "/p/" + values["unsubscribe"].partition("/p/")[2]
    return sender, caught, path


def test_a_long_address_stays_in_one_line() -> None:
    url = f"https://{'x' * 120}.example.jp/"
    headers = {"List-Unsubscribe": f"<{url}>"}
    parts = MailParts("件名", "本文")
    sent = build_message(
        parts, ("店", "a@example.jp"), "b@example.jp", uuid4(), headers
    )
    assert f"List-Unsubscribe: <{url}>\r\n".encode() in sent


def test_an_ad_says_who_sends_it_and_carries_the_one_click(shop: Shop) -> None:
    _sender, caught, path = send_ad(shop)
    headers = dict(caught.headers)
    link = headers["List-Unsubscribe"]
    assert link.startswith("<http")
    assert link.endswith(f"{path}>")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for body in (caught.text, caught.html):
        assert "さくら商店" in body
        assert "東京都1-1" in body
        assert "03-0000-0000" in body
        assert path in body


def test_what_is_no_ad_carries_neither(shop: Shop) -> None:
    with shop.open():
        member = Member.objects.create(email="hanako@example.jp")
    shop.dispatch(via=shop.mail(member))
    caught = shop.line.mail.mails[-1]
    assert "List-Unsubscribe" not in dict(caught.headers)
    assert "東京都1-1" not in caught.text


def test_opening_the_page_changes_nothing_and_a_post_stops_what_is_booked(
    shop: Shop,
) -> None:
    sender, _caught, path = send_ad(shop)
    browser = Client(enforce_csrf_checks=True)
    for ask in (browser.get, browser.head):
        assert ask(path).status_code == 200
    with shop.open():
        assert Suppression.objects.count() == 0
        member = Member.objects.get(email="hanako@example.jp")
        booked = Delivery.objects.get()
        Delivery.objects.create(
            sender=booked.sender,
            channel="mail",
            source=1,
            is_ad=True,
            member=member,
            content=booked.content,
            planned_at=booked.planned_at,
            due_at=booked.due_at,
        )
    click = {"List-Unsubscribe": "One-Click"}
    for _again in range(2):
        assert browser.post(path, click).status_code == 200
    shop.dispatch(via=sender)
    assert shop.states() == {"2": 1, "3 unsubscribed": 1}
    with shop.open():
        held = find_suppressions(["hanako@example.jp"])["hanako@example.jp"]
        assert [row.reason for row in held] == ["unsubscribed"]
    assert browser.post(path, {"again": "1"}).status_code == 200
    with shop.open():
        assert Suppression.objects.open().count() == 0


def test_a_link_of_another_shop_or_of_nothing_is_not_found(shop: Shop) -> None:
    _sender, _caught, path = send_ad(shop)
    other = path.replace("/p/sakura/", "/p/fuji/")
    assert Client().post(other).status_code == 404
    assert Client().post(path[:-3] + "xx/").status_code == 404
    with shop.open():
        assert Suppression.objects.count() == 0


def test_without_a_footer_an_ad_waits_and_other_mail_goes(shop: Shop) -> None:
    with shop.open():
        member = Member.objects.create(email="hanako@example.jp")
        sender = make_mail_account(shop.line).sender
    ad = shop.mail(member, is_ad=True)
    other = shop.mail(member)
    with shop.open():
        MailFooter.objects.all().delete()
    # Without rules each mail goes by the usual account when it is due.
    for via in (ad, other, sender):
        shop.dispatch(via=via)
    assert shop.states() == {"0 no_footer": 1, "2": 1}


@pytest.mark.parametrize("way", ["mail", "either"])
def test_an_ad_by_mail_is_not_saved_without_a_footer(shop: Shop, way: str) -> None:
    with shop.open():
        make_mail_account(shop.line)
        typed = {
            "name": "冬", "audience": "all", "fixed_at": "send", "is_ad": "1", "way": way, "text": "文",
            "subject": "件名", "mail_text": "本文",
        }  # fmt: skip

        def find_errors(**values: str) -> list[str]:
            form = BroadcastForm(
                {**typed, **values},
                segments=Segment.objects.none(),
                picked=False,
                builder=Builder.of({}),
            )
            form.rows = BubbleRows([], [])
            return list(form.errors)

        assert find_errors() == []
        MailFooter.objects.all().delete()
        assert find_errors() == ["way"]
        assert find_errors(is_ad="0") == []
