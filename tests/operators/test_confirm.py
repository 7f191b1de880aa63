"""Before something grave somebody shows again who they are, and what they had typed goes on from there."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from members.models import Member
from messaging.models import LineAccount
from operators.models import AuditEntry
from rpa.models import RpaSettings
from tenants.models import Tenant
from tests.conftest import PASSWORD, Cast, client_for

ACCOUNT = {
    "name": "公式アカウント", "basic_id": "@sakura", "channel_id": "1234567890",
    "channel_secret": "0123456789abcdef0123456789abcdef", "access_token": "token-a",
    "login_channel_id": "1234567891", "liff_id": "1234567891-abcdefgh",
}  # fmt: skip
NEW_ACCOUNT = "/t/sakura/messages/accounts/new/"


@pytest.fixture(autouse=True)
def forget_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def owner(cast: Cast) -> Client:
    """Aiko, who has logged in and not shown since who she is."""
    return client_for(cast.aiko, confirmed=False)


def read_hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {
        name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"
    }


def actions() -> list[str]:
    rows = AuditEntry.objects.filter(action__startswith="login.").order_by("pk")
    return list(rows.values_list("action", flat=True))


def test_what_was_typed_goes_on(sakura: Tenant, owner: Client) -> None:
    asked = owner.post(NEW_ACCOUNT, ACCOUNT)
    page = asked.content.decode()
    assert (asked.status_code, LineAccount.objects.count()) == (200, 0)
    assert "本人の確認" in page
    held = read_hidden(page)
    assert {name: held[name] for name in ACCOUNT} == ACCOUNT
    wrong = owner.post(NEW_ACCOUNT, held | {"confirm-password": "wrong"})
    assert read_hidden(wrong.content.decode()) == held
    assert LineAccount.objects.count() == 0
    right = owner.post(NEW_ACCOUNT, held | {"confirm-password": PASSWORD})
    account = LineAccount.objects.get()
    assert right["Location"] == f"/t/sakura/messages/accounts/{account.public_id}/"
    assert (account.name, account.access_token) == ("公式アカウント", "token-a")
    assert actions() == ["login.confirm_failed", "login.confirmed"]
    assert "wrong" not in str(list(AuditEntry.objects.values_list("data", flat=True)))


def test_ten_minutes_long_nobody_is_asked_again(sakura: Tenant, cast: Cast) -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        owner = client_for(cast.aiko, confirmed=False)
        owner.post("/account/confirm/", {"confirm-password": PASSWORD})
        live = "/t/sakura/rpa/settings/live/"
        clock.shift(9 * 60)
        assert owner.post(live, {"live": "1"}).status_code == 302
        assert RpaSettings.load().is_live is True
        owner.post(live, {"live": "0"})
        clock.shift(2 * 60)
        assert owner.post(live, {"live": "1"}).status_code == 200
        assert RpaSettings.load().is_live is False


def test_htmx_is_asked_in_a_dialog(sakura: Tenant, owner: Client) -> None:
    htmx = {"HX-Request": "true"}
    asked = owner.post(NEW_ACCOUNT, ACCOUNT, headers=htmx)
    assert (asked.headers["HX-Retarget"], asked.headers["HX-Reswap"]) == (
        "#confirm-identity",
        "innerHTML",
    )
    page = asked.content.decode()
    assert page.strip().startswith("<dialog")
    assert [value for value in ACCOUNT.values() if value in page] == []
    confirmed = owner.post(
        "/account/confirm/", {"confirm-password": PASSWORD}, headers=htmx
    )
    assert (confirmed.status_code, confirmed.headers["HX-Trigger"]) == (
        204,
        "identity-confirmed",
    )
    owner.post(NEW_ACCOUNT, ACCOUNT, headers=htmx)
    assert LineAccount.objects.count() == 1


def test_a_merge_is_asked_for_at_its_end_alone(sakura: Tenant, owner: Client) -> None:
    members = [Member.objects.create(name=name) for name in ("佐久間", "作間")]
    ids = [member.public_id for member in members]
    page = owner.post("/t/sakura/members/merge/", {"ids": ids})
    assert "本人の確認" not in page.content.decode()
    values = {"ids": ids, "survivor": ids[0], "confirm": "1"}
    asked = owner.post("/t/sakura/members/merge/", values)
    assert "本人の確認" in asked.content.decode()
    assert Member.objects.filter(merged_into=None).count() == 2


def test_guessing_ends(sakura: Tenant, owner: Client) -> None:
    for _ in range(12):
        owner.post(NEW_ACCOUNT, ACCOUNT | {"confirm-password": "wrong"})
    owner.post(NEW_ACCOUNT, ACCOUNT | {"confirm-password": PASSWORD})
    assert LineAccount.objects.count() == 0
    assert actions()[-1] == "login.locked"


@pytest.mark.parametrize(
    "path", ["/account/totp/on/", "/account/passkeys/new/", "/account/codes/new/"]
)
def test_the_second_factor_is_not_shown_unasked(
    owner: Client, cast: Cast, path: str
) -> None:
    assert "confirm-get" in owner.get(path).content.decode()
    shown = owner.post(path, {"confirm-get": "1", "confirm-password": PASSWORD})
    assert (shown.status_code, "confirm-get" in shown.content.decode()) == (200, False)


@pytest.mark.parametrize(
    ("there", "led"),
    [("/shops/", "/shops/"), ("//evil.example/", "/account/"), ("", "/account/")],
)
def test_no_door_to_elsewhere(owner: Client, there: str, led: str) -> None:
    typed: dict[str, Any] = {"confirm-password": PASSWORD, "confirm-get": "1"}
    answer = owner.post(f"/account/confirm/?next={there}", typed)
    assert answer["Location"] == led


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "x",
        "[]",
        "{}",
        "null",
        '{"id": "a", "rawId": 1, "response": {"clientDataJSON": 5}, "type": "x"}',
    ],
)
@pytest.mark.parametrize(
    "path",
    ["/login/passkey/", "/account/passkeys/new/", "/account/confirm/?next=/shops/"],
)
def test_no_answer_of_a_passkey_breaks_a_page(
    owner: Client, aiko: Client, path: str, credential: str
) -> None:
    client = Client() if path.startswith("/login") else aiko
    typed = {"credential": credential, "name": "x"}
    assert client.post(path, typed).status_code in (200, 302)
    asked = owner.post(path, typed | {"confirm-credential": credential})
    assert asked.status_code in (200, 302)
    assert owner.get("/account/passkeys/new/").status_code == 200
