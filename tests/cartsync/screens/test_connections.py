"""Carts and mailboxes on the page of all connections: their state, the switch and the test."""

from typing import Any

import pytest
from django.test import Client

from cartsync.models import Cart
from cartsync.ordermail.orders import get_or_add_mail_cart
from messaging.models import Mailbox
from sandbox.serving import Sandbox
from tests.messaging.accounts.test_connections import PAGE, post, said

pytestmark = pytest.mark.django_db


def make_mailbox(**values: object) -> Mailbox:
    return Mailbox.objects.create(
        name="注文",
        kind="imap",
        host="imap.example.jp",
        port=993,
        security="tls",
        username="u",
        password="p",
        **values,
    )


def test_a_cart_is_tested_with_its_stored_settings(
    aiko: Client, live: Cart, shop: Sandbox
) -> None:
    assert said(post(aiko, live.public_id, "check", "carts")) == [
        ("success", "「本店」に接続できました。カートの顧客は0件です。")
    ]
    live.settings["token"] = "wrong"
    live.save()
    (told,) = said(post(aiko, live.public_id, "check", "carts"))
    assert told == (
        "error",
        "本店：APIトークンが受け付けられません。カートの管理画面でトークンを確かめ、設定に入れ直してください。",
    )


def test_a_cart_is_switched_and_keeps_its_settings(aiko: Client, cart: Cart) -> None:
    before = cart.settings
    for do, on in (("off", False), ("on", True)):
        post(aiko, cart.public_id, do, "carts")
        cart.refresh_from_db()
        assert (cart.is_active, cart.settings) == (on, before)


def test_the_cart_of_order_mails_is_no_connection(aiko: Client, sakura: object) -> None:
    cart = get_or_add_mail_cart("さくら本店")
    for do in ("off", "check"):
        assert post(aiko, cart.public_id, do, "carts").status_code == 404
    cart.refresh_from_db()
    assert cart.is_active


def test_a_mailbox_is_listed_and_switched(aiko: Client, sakura: object) -> None:
    mailbox = make_mailbox(stopped_reason="unknown_host")
    page = aiko.get(PAGE).content.decode()
    assert "サーバー名が見つかりません。入力を確かめてください。" in page
    post(aiko, mailbox.public_id, "off", "mailboxes")
    mailbox.refresh_from_db()
    assert (mailbox.is_active, mailbox.password) == (False, "p")
    post(aiko, mailbox.public_id, "on", "mailboxes")
    mailbox.refresh_from_db()
    assert (mailbox.is_active, mailbox.stopped_reason) == (True, "")


def test_a_mailbox_that_cannot_be_reached_says_why(
    aiko: Client, sakura: object, settings: Any
) -> None:
    settings.MAIL_PRIVATE_HOSTS = False
    mailbox = make_mailbox()
    Mailbox.objects.update(host="127.0.0.1")
    (told,) = said(post(aiko, mailbox.public_id, "check", "mailboxes"))
    assert told == (
        "error",
        "注文：このサーバー名は、インターネットのメールサーバーではありません。",
    )


def test_the_mailbox_of_another_shop_is_not_found(
    aiko: Client, cart: Cart, sakura: object
) -> None:
    for source in ("carts", "mailboxes"):
        assert post(aiko, "0" * 12, "off", source).status_code == 404
