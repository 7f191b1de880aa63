"""What the customer hears: each turn once, by LINE or mail, and nothing in a rehearsal."""

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from cartsync.models import CartCustomer, Link
from members.models import Member
from messaging.models import Delivery, LineAccount, MailAccount
from sandbox.cart.words import PRODUCTS
from tests.rpa.requests.conftest import EMAIL, Stage


@pytest.fixture
def mail(stage: Stage) -> Stage:
    """A shop with a mail account and, to be used for friends, a LINE account."""
    with transaction.atomic():
        MailAccount.objects.create(
            name="ショップ", host="127.0.0.1", from_email="shop@example.jp"
        )
        LineAccount.objects.create(
            name="公式", channel_id="1", channel_secret="s", access_token="t"
        )
    return stage


def list_told() -> list[tuple[Any, ...]]:
    """Return (turn, channel, address, member) of each message, in the order of booking."""
    with transaction.atomic():
        rows = Delivery.objects.select_related("content").order_by("pk")
        return [
            (row.key.rpartition(":")[2], row.channel, row.address, row.member_id)
            for row in rows
        ]


def read_text(turn: str) -> str:
    with transaction.atomic():
        content = Delivery.objects.get(key__endswith=f":{turn}").content
    return str(content.text or content.mail["text"])


def test_received_and_done_by_mail(mail: Stage) -> None:
    request = mail.receive(product=PRODUCTS[0][1])
    mail.work(request)
    assert list_told() == [
        ("received", "mail", EMAIL, None),
        ("done", "mail", EMAIL, None),
    ]
    done = read_text("done")
    assert done.startswith("「解約」のお手続きが完了しました。")
    assert f"受付番号：{request.public_id}" in done
    assert f"商品：{PRODUCTS[0][1]}" in done
    assert mail.steps(request).count("told") == 2
    mail.work(request)
    assert len(list_told()) == 2


def test_a_friend_who_is_linked_hears_by_line(mail: Stage) -> None:
    now = timezone.now()
    with transaction.atomic():
        member = Member.objects.create(line_user_id="U1", line_state="friend")
        customer = CartCustomer.objects.create(
            cart=mail.cart, external_id=str(mail.customer), changed_at=now, seen_at=now
        )
        Link.objects.create(
            cart=mail.cart,
            member=member,
            customer=customer,
            matched_by="email",
            linked_at=now,
        )
    request = mail.receive()
    mail.work(request)
    assert mail.read(request).member_id == member.pk
    assert list_told() == [
        ("received", "mail", EMAIL, None),
        ("done", "line", "", member.pk),
    ]


def test_a_refusal_says_why_and_what_to_do(mail: Stage) -> None:
    mail.row["remaining_block_times"] = 2
    mail.work(mail.receive())
    assert [turn for turn, *_rest in list_told()] == ["received", "refused"]
    assert "お約束の回数のお届けが残っているため" in read_text("refused")


def test_who_goes_to_a_person_is_told(mail: Stage) -> None:
    mail.add_subscription()
    mail.work(mail.receive())
    assert [turn for turn, *_rest in list_told()] == ["received", "person"]
    assert "担当者が確認しています" in read_text("person")


@pytest.mark.parametrize("off", [{"is_live": False}, {"tells_customers": False}])
def test_nobody_is_told(mail: Stage, off: dict[str, bool]) -> None:
    mail.change_settings(**off)
    mail.work(mail.receive())
    assert list_told() == []


def test_a_shop_without_an_account_goes_on(stage: Stage) -> None:
    request = stage.receive()
    stage.work(request)
    assert (stage.read(request).state, list_told()) == ("verified", [])
    assert "told" not in stage.steps(request)
