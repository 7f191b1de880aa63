"""LINE accounts: settings whose secrets never come out, and tests of both directions."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from messaging.accounts.notices import (
    describe_failures,
    describe_stopped_accounts,
    notify_of_failures,
)
from messaging.accounts.pause import pause_sender
from messaging.accounts.quota import refresh_quotas
from messaging.channels.line.links import build_liff_url
from messaging.models import Call, LineAccount
from operators.models import Notice
from sandbox.serving import Sandbox
from tests.messaging.conftest import SECRET, channel

BASE = "/t/sakura/messages/accounts/"
GIVEN = {
    "name": "さくら", "basic_id": "@sakura", "channel_id": " 1234567890 ", "channel_secret": "very-secret-value-9876",
    "access_token": "", "login_channel_id": "2345678901", "liff_id": "2345678901-AbCdEfGh", "is_active": "on",
}  # fmt: skip


def test_adding_an_account(aiko: Client, sakura: object) -> None:
    response = aiko.post(f"{BASE}new/", GIVEN)
    account = LineAccount.objects.get()
    assert response["Location"] == f"{BASE}{account.public_id}/"
    assert (
        account.channel_id,
        account.channel_secret,
        account.access_token,
        account.is_active,
    ) == ("1234567890", "very-secret-value-9876", "", True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT channel_secret FROM messaging_lineaccount")
        assert "very-secret" not in cursor.fetchone()[0]


def test_secrets_are_never_shown_again(aiko: Client, account: LineAccount) -> None:
    page = aiko.get(f"{BASE}{account.public_id}/").content.decode()
    assert SECRET not in page and account.access_token not in page
    assert f"末尾{SECRET[-4:]}" in page
    assert f"/p/sakura/hooks/line/{account.webhook_key}/" in page
    assert "/p/sakura/f/" in page


def test_empty_secrets_keep_what_is_stored(aiko: Client, account: LineAccount) -> None:
    sent = {
        **GIVEN,
        "channel_id": account.channel_id,
        "channel_secret": "",
        "name": "新しい名前",
    }
    aiko.post(f"{BASE}{account.public_id}/", sent)
    found = LineAccount.objects.get()
    assert (found.name, found.channel_secret, found.access_token) == (
        "新しい名前",
        SECRET,
        account.access_token,
    )
    aiko.post(f"{BASE}{account.public_id}/", {**sent, "drop_token": "on"})
    assert LineAccount.objects.get().access_token == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"channel_id": "abc"}, "チャネルIDは数字です"),
        ({"channel_secret": ""}, "チャネルシークレット"),
        ({"access_token": "長いトークン"}, "発行した画面からコピーし直してください"),
        ({"access_token": "a\nb"}, "発行した画面からコピーし直してください"),
        ({"liff_id": "https://liff.line.me/123-abc"}, "IDだけを入力"),
    ],
)
def test_bad_input(
    aiko: Client, sakura: object, changes: dict[str, Any], said: str
) -> None:
    response = aiko.post(f"{BASE}new/", {**GIVEN, **changes})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert LineAccount.objects.count() == 0


def test_a_channel_is_registered_once(aiko: Client, account: LineAccount) -> None:
    page = aiko.post(
        f"{BASE}new/", {**GIVEN, "channel_id": account.channel_id}
    ).content.decode()
    assert "「さくら商店」に登録されています" in page


def test_testing_the_connection(
    aiko: Client, account: LineAccount, line: Sandbox
) -> None:
    channel(line, account).quota, channel(line, account).used = 200, 150
    page = aiko.post(
        f"{BASE}{account.public_id}/test/", {"what": "bot"}
    ).content.decode()
    assert "「さくら商店」（@sandbox）に接続できました。" in page
    assert "50件（上限200件）" in page


def test_testing_with_a_wrong_token(aiko: Client, account: LineAccount) -> None:
    LineAccount.objects.update(access_token="")
    LineAccount.objects.filter(pk=account.pk).update(channel_id="1")
    page = aiko.post(
        f"{BASE}{account.public_id}/test/", {"what": "bot"}
    ).content.decode()
    assert "LINEが受け付けませんでした：invalid client credential" in page


def test_testing_while_line_is_down(
    aiko: Client, account: LineAccount, settings: Any
) -> None:
    settings.LINE_API_URL = "http://127.0.0.1:9"
    page = aiko.post(
        f"{BASE}{account.public_id}/test/", {"what": "bot"}
    ).content.decode()
    assert "LINEから応答がありません" in page


def test_testing_the_webhook_that_line_cannot_reach(
    aiko: Client, account: LineAccount, settings: Any
) -> None:
    settings.SITE_URL = "http://127.0.0.1:9"
    page = aiko.post(
        f"{BASE}{account.public_id}/test/", {"what": "webhook"}
    ).content.decode()
    assert "LINEからのWebhookが届きません（COULD_NOT_CONNECT ）" in page


def test_only_who_may_connect(
    ed: Client, vic: Client, oscar: Client, account: LineAccount
) -> None:
    for path in ("", "new/", f"{account.public_id}/"):
        assert ed.get(BASE + path).status_code == 403
    assert vic.post(f"{BASE}{account.public_id}/test/").status_code == 403


def test_the_kind_of_channel_is_chosen_once(
    aiko: Client, sakura: object, settings: Any
) -> None:
    settings.LIFF_URL = "https://liff.line.me"
    aiko.post(f"{BASE}new/", {**GIVEN, "liff_kind": "mini"})
    account = LineAccount.objects.get()
    assert build_liff_url(account, "abc/") == (
        f"https://miniapp.line.me/{account.liff_id}/abc/"
    )
    page = f"{BASE}{account.public_id}/"
    assert "登録したあとは変更できません" in aiko.get(page).content.decode()
    aiko.post(page, {**GIVEN, "channel_secret": "", "liff_kind": "login"})
    account.refresh_from_db()
    assert account.liff_kind == "mini"


def test_failures_are_told_once_an_hour_for_each_sender(account: LineAccount) -> None:
    states = [Call.State.ACCEPTED, Call.State.REFUSED]
    notify_of_failures(account.sender, [Call.State.ACCEPTED])
    assert Notice.objects.count() == 0
    notify_of_failures(account.sender, states)
    notify_of_failures(account.sender, states)
    notice = Notice.objects.get()
    text = describe_failures([notice])[notice.pk]
    assert text.title == f"送信に失敗したメッセージがあります：{account.name}"
    Notice.objects.update(at=timezone.now() - timedelta(hours=2))
    notify_of_failures(account.sender, [Call.State.UNKNOWN])
    notice = Notice.objects.latest("pk")
    text = describe_failures([notice])[notice.pk]
    assert text.title == f"届いたかわからない送信があります：{account.name}"


@pytest.mark.parametrize(
    ("reason", "kind", "said"),
    [
        ("quota", "account.quota", "今月の送信数の上限に達しました"),
        ("auth", "account.stopped", "チャネルアクセストークンを受け付けません"),
    ],
)
def test_operators_read_why_an_account_stopped(
    account: LineAccount, reason: str, kind: str, said: str
) -> None:
    pause_sender(account.sender, reason)
    notice = Notice.objects.get()
    assert notice.kind == kind
    text = describe_stopped_accounts([notice])[notice.pk]
    assert text.title == f"送信が止まりました：{account.name}"
    assert said in text.detail
    assert (text.page, text.args) == ("messaging:account", (account.public_id,))


def test_line_is_asked_what_is_left_once_in_a_while(
    account: LineAccount, line: Sandbox
) -> None:
    channel(line, account).quota = 10
    refresh_quotas([account])
    account.refresh_from_db()
    assert (account.quota_limit, account.quota_used) == (10, 0)
    channel(line, account).quota = 5
    refresh_quotas([account])
    account.refresh_from_db()
    assert account.quota_limit == 10
    account.quota_read_at -= timedelta(minutes=16)
    refresh_quotas([account])
    account.refresh_from_db()
    assert account.quota_limit == 5
