"""One shop's cart sends a byte a second: the other shop's pages and webhooks are served beside its checks."""

import json
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
from tests.waiting import wait_until

CHECKS = 8
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
) -> tuple[int, str]:
    """Status and text of one request, a POST where there is a body."""
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_others_are_served_beside_the_checks(web: Web) -> None:
    with transaction.atomic():
        cast = make_cast()
    aiko, oscar = (
        {
            "Cookie": f"sessionid={client_for(who).cookies['sessionid'].value}; csrftoken={TOKEN}"
        }
        for who in (cast.aiko, cast.oscar)
    )
    with open_tenant_scope(cast.momiji), transaction.atomic():
        account = LineAccount.objects.create(
            name="公式",
            channel_id="1",
            channel_secret="s",
            login_channel_id="2",
            liff_id="3-a",
        )
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
        wait_until(lambda: cart.calls)
        status, _ = ask(f"{web.url}/t/momiji/members/", oscar)
        said = ask(hook, signed, event)
        # Served while the cart still drips, not after it.
        assert [check.done() for check in checks].count(False) > 0
        assert (status, said) == (200, (200, "OK"))
        answers = [check.result() for check in checks]
    told = [
        ("時間がかかりすぎました" in text, "ほかの接続の確認" in text)
        for _, text in answers
    ]
    assert sorted(told) == [(False, True)] * (CHECKS - 1) + [(True, False)]
    assert cart.calls == 1
    with open_tenant_scope(cast.momiji), transaction.atomic():
        assert WebhookEvent.objects.count() == 1
