import json
import socket
import time
from typing import Any

import pytest

from messaging.channels.line import client, tokens
from messaging.channels.line.errors import LineRefused, TokenRefused
from messaging.models import LineAccount
from outbound.errors import TryLater
from sandbox.serving import Sandbox
from tests.messaging.conftest import channel, make_account, make_friends


def id_token(line: Sandbox, account: LineAccount, **claims: Any) -> str:
    return line.line.signer.id_token(
        "U" + "a" * 32, "花子", account.login_channel_id, **claims
    )


def test_profile_of_a_friend(account: LineAccount, line: Sandbox) -> None:
    (member,) = make_friends(line, account, 1)
    assert client.fetch_profile(account, member.line_user_id) == client.Profile("友 0")


def test_profile_of_a_stranger_is_none(account: LineAccount) -> None:
    assert client.fetch_profile(account, "U" + "0" * 32) is None


def test_wrong_token_is_refused_in_lines_words(account: LineAccount) -> None:
    account.access_token = "wrong"
    with pytest.raises(LineRefused) as error:
        client.fetch_bot_info(account)
    assert error.value.status == 401
    assert error.value.message.startswith("Authentication failed")


def test_bot_info_and_quota(account: LineAccount, line: Sandbox) -> None:
    channel(line, account).quota, channel(line, account).used = 200, 150
    assert client.fetch_bot_info(account) == client.BotInfo("さくら商店", "@sandbox")
    assert client.fetch_quota(account) == client.Quota(200, 150)
    assert client.fetch_quota(account).left == 50


def test_stateless_token_is_issued_once_and_kept_in_the_process(
    sakura: object, line: Sandbox
) -> None:
    account = make_account(line, access_token="")
    first = tokens.get_access_token(account)
    assert tokens.get_access_token(account) == first
    assert client.fetch_bot_info(account).name == "さくら商店"
    tokens.forget_token(account)
    assert tokens.get_access_token(account) != first


def test_stateless_token_is_renewed_after_twelve_minutes(
    sakura: object, line: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = make_account(line, access_token="")
    first = tokens.get_access_token(account)
    now = time.monotonic()
    monkeypatch.setattr(tokens.time, "monotonic", lambda: now + 12 * 60 + 1)
    assert tokens.get_access_token(account) != first


def test_wrong_secret_is_refused(sakura: object, line: Sandbox) -> None:
    account = make_account(line, access_token="")
    account.channel_secret = "wrong"
    with pytest.raises(LineRefused, match="invalid client credential"):
        tokens.get_access_token(account)


def test_id_token_names_its_holder(account: LineAccount, line: Sandbox) -> None:
    assert tokens.verify_id_token(account, id_token(line, account)) == tokens.Claims(
        "U" + "a" * 32, "花子"
    )


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"lifetime": -1}, "expired"),
        ({"aud": "another shop's channel"}, "audience"),
        ({"iss": "https://evil.example"}, "issuer"),
    ],
)
def test_id_token_that_proves_nothing(
    account: LineAccount, line: Sandbox, claims: Any, reason: str
) -> None:
    with pytest.raises(TokenRefused) as error:
        tokens.verify_id_token(account, id_token(line, account, **claims))
    assert error.value.code == reason


def test_forged_id_token(account: LineAccount, line: Sandbox) -> None:
    with pytest.raises(TokenRefused, match="invalid"):
        tokens.verify_id_token(account, id_token(line, account)[:-4] + "AAAA")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"aud": "another"}, "audience"),
        ({"exp": 1}, "expired"),
        ({"exp": "never"}, "expired"),
        ({"sub": ""}, "subject"),
    ],
)
def test_what_line_answers_is_checked_again(
    account: LineAccount,
    monkeypatch: pytest.MonkeyPatch,
    answer: dict[str, Any],
    reason: str,
) -> None:
    good = {
        "iss": tokens.ISSUER,
        "aud": account.login_channel_id,
        "exp": int(time.time()) + 60,
        "sub": "U1",
    }
    monkeypatch.setattr(tokens, "_post_form", lambda path, form: {**good, **answer})
    with pytest.raises(TokenRefused) as error:
        tokens.verify_id_token(account, "token")
    assert error.value.code == reason


def test_line_down(account: LineAccount, settings: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refuses
        settings.LINE_API_URL = f"http://127.0.0.1:{taken.getsockname()[1]}"
        for call in (
            lambda: client.fetch_profile(account, "U1"),
            lambda: client.fetch_quota(account),
            lambda: tokens.verify_id_token(account, "token"),
        ):
            with pytest.raises(TryLater):
                call()


def test_push_body_is_the_sdks() -> None:
    assert json.loads(client.build_push_body("こんにちは\n🌸", "U1")) == {
        "to": "U1",
        "messages": [{"type": "text", "text": "こんにちは\n🌸"}],
        "notificationDisabled": False,
    }
