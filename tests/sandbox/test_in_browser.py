"""Phone, LIFF SDK and cart in a real Chromium; the form page stands under the strict policy that the product sends."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright

from sandbox.line.state import Channel
from sandbox.serving import Sandbox
from scripts.browser import chromium
from tests.sandbox.conftest import Call

pytestmark = pytest.mark.browser
SCRIPT = """
liff.init({liffId: "1650000002-abcdefgh"}).then(async () => {
  const [profile, friendship] = [await liff.getProfile(), await liff.getFriendship()];
  const seen = {profile, friendship, token: liff.getIDToken(), claims: liff.getDecodedIDToken(),
                client: liff.isInClient(), in: liff.isLoggedIn()};
  document.querySelector("#close").onclick = () => liff.closeWindow();
  document.querySelector("#again").onclick = () => { liff.logout(); liff.login({redirectUri: location.href}); };
  document.body.dataset.seen = JSON.stringify(seen);
});
"""


class Form(BaseHTTPRequestHandler):
    """What the product serves at and below the LIFF endpoint."""

    simulator = ""

    def do_GET(self) -> None:
        script = self.path == "/form.js"
        buttons = '<button id="close">閉じる</button><button id="again">別の人</button>'
        scripts = f'<script src="{self.simulator}/liff/sdk.js"></script><script src="/form.js"></script>'
        page = f'<!doctype html><html lang="ja"><title>本人確認</title><body>{buttons}{scripts}</body></html>'
        body = (SCRIPT if script else page).encode()
        policy = f"default-src 'none'; script-src 'self' {self.simulator}; connect-src 'self' {self.simulator}"
        self.send_response(200)
        self.send_header(
            "Content-Type", f"text/{'javascript' if script else 'html'}; charset=utf-8"
        )
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def endpoint(sandbox: Sandbox, channel: Channel) -> Iterator[str]:
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Page", (Form,), {"simulator": sandbox.line_url})
    )
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    channel.liff_endpoint = f"http://127.0.0.1:{server.server_port}/p/sakura/f/"
    yield channel.liff_endpoint
    server.shutdown()
    server.server_close()


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        opened = browser.new_page(
            locale="ja-JP", viewport={"width": 390, "height": 844}
        )
        complaints: list[str] = []
        opened.on(
            "console",
            lambda said: (
                complaints.append(said.text)
                if said.type in ("error", "warning")
                else None
            ),
        )
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
        assert complaints == []
        browser.close()


def seen(page: Page) -> Any:
    page.wait_for_selector("body[data-seen]")
    return json.loads(page.evaluate("document.body.dataset.seen"))


def test_from_the_phone_to_the_form_and_back(
    sandbox: Sandbox, endpoint: str, line: Call, page: Page
) -> None:
    page.goto(sandbox.line_url + "/phone/")
    page.get_by_label("LINEの表示名").fill("山田 花子")
    page.get_by_role("button", name="電話を作る").click()
    page.get_by_role("button", name="友だち追加").click()
    expect(page.get_by_test_id("talk")).to_contain_text("友だちに追加しました。")
    (user_id,) = sandbox.line.people

    text = f"こちらから {sandbox.line_url}/liff/1650000002-abcdefgh/identity/?from=step"
    line(
        "/v2/bot/message/push",
        {"to": user_id, "messages": [{"type": "text", "text": text}]},
    )
    # The conversation brings the new bubble by itself.
    page.get_by_test_id("bubble-bot").get_by_role("link").click()
    found = seen(page)
    assert page.url == f"{endpoint}identity/?from=step", (
        "no token and no liff.state left in the address"
    )
    assert found["profile"] == {"userId": user_id, "displayName": "山田 花子"}
    assert (found["friendship"], found["client"], found["in"]) == (
        {"friendFlag": True},
        True,
        True,
    )
    assert (
        sandbox.line.signer.verify(found["token"], "1650000002", None, user_id)
        == found["claims"]
    )

    page.reload()
    assert seen(page)["token"] == found["token"]

    page.evaluate("delete document.body.dataset.seen")
    page.click("#again")
    again = seen(page)
    assert (again["client"], again["claims"]["sub"], page.url) == (
        False,
        user_id,
        f"{endpoint}identity/?from=step",
    )

    page.click("#close")
    expect(page.get_by_test_id("user-id")).to_have_text(user_id)


def test_no_page_has_barriers(
    sandbox: Sandbox, channel: Channel, hanako: str, line: Call, page: Page
) -> None:
    line("/sandbox/act", {"do": "write", "user_id": hanako, "text": "質問です"})
    subscription = next(iter(sandbox.cart.tables["subs_orders"]))
    of_line = (
        "/phone/",
        f"/phone/{hanako}/",
        "/webhooks/",
        "/faults/",
        "/mail/",
        "/liff/who",
    )
    of_cart = (
        "/",
        "/customers/10001/",
        "/customers/new",
        "/subscriptions/",
        "/orders/",
        "/settings/",
    )
    steps = (f"/subscriptions/{subscription}/", f"/subscriptions/{subscription}/cancel")
    found, axe, options = {}, Axe(), {"preload": False, "resultTypes": ["violations"]}
    for url in [
        *(sandbox.line_url + path for path in of_line),
        *(sandbox.cart_url + path for path in of_cart + steps),
    ]:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.goto(url)
            assert page.evaluate(
                "document.documentElement.scrollWidth <= innerWidth"
            ), url
            found[url, scheme] = [
                v["id"] for v in axe.run(page, options=options).response["violations"]
            ]
    assert {
        where: violations for where, violations in found.items() if violations
    } == {}
