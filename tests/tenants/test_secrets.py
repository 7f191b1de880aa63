"""Stored secrets: unreadable in the database, and readable on after the key that wrote them is gone."""

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection

from cartsync.models import Cart
from messaging.models import LineAccount
from tenants.field_keys import refuse_wrong_field_keys
from tenants.scope import open_tenant_scope
from tests.conftest import Cast

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
STORED = """SELECT channel_secret, access_token FROM messaging_lineaccount
            UNION ALL SELECT settings, settings FROM cartsync_cart"""


def make_secrets() -> None:
    LineAccount.objects.create(
        name="公式",
        channel_id="1",
        channel_secret="秘密の文字列",
        login_channel_id="2",
        liff_id="3",
    )
    Cart.objects.create(
        name="カート",
        kind="ecforce",
        settings={"base_url": "https://shop.example.jp", "token": "cart-token"},
    )


def stored() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(STORED)
        return [text for row in cursor.fetchall() for text in row]


def read() -> list[tuple[str, str, str]]:
    account, cart = LineAccount.objects.get(), Cart.objects.get()
    return [
        (account.channel_secret, account.access_token, cart.settings.get("token", ""))
    ]


def test_keys_are_rotated_in_every_shop_and_the_old_one_dropped(
    cast: Cast, settings: Any
) -> None:
    settings.FIELD_KEYS = [OLD]
    shops = (cast.sakura, cast.momiji)
    for shop in shops:
        with open_tenant_scope(shop):
            make_secrets()
            assert not any("秘密" in text or "cart-token" in text for text in stored())
    settings.FIELD_KEYS = [NEW]
    with open_tenant_scope(cast.sakura):
        assert read() == [("", "", "")]

    settings.FIELD_KEYS = [NEW, OLD]
    out = StringIO()
    call_command("rotate_secrets", stdout=out)
    assert out.getvalue() == "4 rows are under the newest key.\n"
    settings.FIELD_KEYS = [NEW]
    for shop in shops:
        with open_tenant_scope(shop):
            assert read() == [("秘密の文字列", "", "cart-token")]


def test_a_secret_of_a_lost_key_breaks_no_list_and_is_written_back(
    cast: Cast, settings: Any
) -> None:
    settings.FIELD_KEYS = [OLD]
    with open_tenant_scope(cast.sakura):
        make_secrets()
        before = stored()
        settings.FIELD_KEYS = [NEW]
        (account,) = LineAccount.objects.all()
        assert (account.channel_secret, bool(account.channel_secret)) == ("", False)
        account.name = "改名"
        account.save()
        assert stored() == before
        settings.FIELD_KEYS = [OLD]
        assert read() == [("秘密の文字列", "", "cart-token")]


def test_wrong_keys_are_found_at_the_start(db: None, settings: Any) -> None:
    settings.FIELD_KEYS = [OLD]
    refuse_wrong_field_keys()  # the first process of all
    settings.FIELD_KEYS = [NEW, OLD]
    refuse_wrong_field_keys()
    settings.FIELD_KEYS = [NEW]
    with pytest.raises(SystemExit, match="FIELD_KEYS do not open"):
        refuse_wrong_field_keys()
    settings.FIELD_KEYS = [NEW, OLD]
    call_command("rotate_secrets", stdout=StringIO())
    settings.FIELD_KEYS = [NEW]
    refuse_wrong_field_keys()
