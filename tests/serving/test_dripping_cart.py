"""One shop's cart sends a byte a second: the other shop's pages and webhooks are served beside its checks."""

import json
import time
import urllib.error
import urllib.request
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from hmac import digest
from urllib.parse import urlencode

from django.db import transaction

from messaging.models import LineAccount, WebhookEvent
from tenants.scope import open_tenant_scope
from tests.conftest import client_for, make_cast
from tests.outbound.slow_server import SlowServer
from tests.serving.conftest import Web

CHECKS, FAST = 8, 3.0
TOKEN = "t" * 32
TYPED = {
    "csrfmiddlewaretoken": TOKEN, "name": "本店", "token": "t", "frequency": "60", "match_key": "phone", "check": "1",
}  # fmt: skip
EVENT = {
    "type": "follow",
    "webhookEventId": "01H",
    "timestamp": 1_790_000_000_000,
    "source": {"type": "user", "userId": "U" + "1" * 32},
    "deliveryContext": {"isRedelivery": False},
}


def ask(
    url: str, headers: dict[str, str], body: bytes | None = None
) -> tuple[int, str, float]:
    """Status, text and seconds of one request, a POST where there is a body."""
    request, began = urllib.request.Request(url, body, headers), time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status, text = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    return status, text, time.monotonic() - began


def test_others_are_served_beside_the_checks(web: Web) -> None:
    with transaction.atomic():
        cast = make_cast()
    aiko, oscar = (
        {"Cookie": f"sessionid={client_for(who).cookies['sessionid'].value}; csrftoken={TOKEN}"}
        for who in (cast.aiko, cast.oscar)
    )  # fmt: skip
    with open_tenant_scope(cast.momiji), transaction.atomic():
        account = LineAccount.objects.create(
            name="公式", channel_id="1", channel_secret="s", login_channel_id="2", liff_id="3-a"
        )  # fmt: skip
    hook = f"{web.url}/p/momiji/hooks/line/{account.webhook_key}/"
    event = json.dumps({"destination": "x", "events": [EVENT]}).encode()
    signed = {
        "X-Line-Signature": b64encode(digest(b"s", event, "sha256")).decode(),
        "Content-Type": "application/json",
    }
    with SlowServer() as cart, ThreadPoolExecutor(CHECKS) as pool:
        typed = urlencode({**TYPED, "base_url": cart.url}).encode()
        checks = [
            pool.submit(ask, f"{web.url}/t/sakura/carts/new/", aiko, typed)
            for _ in range(CHECKS)
        ]
        time.sleep(1)
        for _ in range(3):
            status, _, taken = ask(f"{web.url}/t/momiji/members/", oscar)
            assert (status, taken < FAST) == (200, True), taken
            status, text, taken = ask(hook, signed, event)
            assert (status, text, taken < FAST) == (200, "OK", True), taken
        answers = [check.result() for check in checks]
    said = [
        ("時間がかかりすぎました" in text, "ほかの接続の確認" in text)
        for _, text, _ in answers
    ]
    assert sorted(said) == [(False, True)] * (CHECKS - 1) + [(True, False)]
    assert cart.calls == 1
    assert max(taken for *_, taken in answers) < 12
    with open_tenant_scope(cast.momiji), transaction.atomic():
        assert WebhookEvent.objects.count() == 1
