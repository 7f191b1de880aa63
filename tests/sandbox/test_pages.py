"""Phone, LIFF and the cart's admin site as plain forms, without a browser."""

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest

from sandbox.line.state import Channel
from sandbox.serving import Sandbox
from tests.sandbox.conftest import Call, fetch


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


class Browser:
    """Cookies and forms; `where` is the last Location, `text` the last page."""

    def __init__(self) -> None:
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar, Stay())
        self.where = self.text = ""
        self.status = 0

    def open(self, url: str, **form: str) -> "Browser":
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            answer: Any = self.opener.open(url, data)
        except urllib.error.HTTPError as other:
            answer = other
        self.status, self.text = answer.status, answer.read().decode()
        self.where = answer.headers.get("Location", "")
        return self


@pytest.fixture
def browser() -> Browser:
    return Browser()


def test_a_new_phone_follows_writes_and_blocks(
    sandbox: Sandbox, channel: Channel, browser: Browser
) -> None:
    url = sandbox.line_url
    phone = browser.open(url + "/phone/", name="山田 花子").where
    (user_id,) = sandbox.line.people
    assert phone == f"/phone/{user_id}/"
    assert 'data-testid="follow"' in browser.open(url + phone).text
    for form in (
        {"do": "follow"},
        {"do": "write", "text": "<b>質問</b>"},
        {"do": "block"},
    ):
        browser.open(f"{url}{phone}act", channel=channel.channel_id, **form)
    assert channel.friends == {user_id: "blocked"}
    assert [delivery["type"] for delivery in sandbox.line.deliveries] == [
        "follow",
        "message",
        "unfollow",
    ]
    page = browser.open(url + phone).text
    assert "&lt;b&gt;質問&lt;/b&gt;" in page
    assert 'data-testid="unblock"' in page


def test_a_nameless_phone_is_refused(
    sandbox: Sandbox, channel: Channel, browser: Browser
) -> None:
    assert browser.open(sandbox.line_url + "/phone/", name=" ").status == 422
    assert "表示名が入力されていないか" in browser.text
    assert sandbox.line.people == {}


def liff_link(line: Call, hanako: str, sandbox: Sandbox) -> str:
    text = "こちらから https://liff.line.me/1650000002-abcdefgh/identity/?from=step&n=1 お願いします"
    line(
        "/v2/bot/message/push",
        {"to": hanako, "messages": [{"type": "text", "text": text}]},
    )
    page = Browser().open(f"{sandbox.line_url}/phone/{hanako}/").text
    (link,) = re.findall(r'href="([^"]*/liff/[^"]*)"', page)
    return str(link).replace("&amp;", "&")


def test_a_liff_link_opens_in_two_steps(
    sandbox: Sandbox, line: Call, hanako: str, browser: Browser
) -> None:
    link = liff_link(line, hanako, sandbox)
    first, _, fragment = browser.open(link).where.partition("#")
    state = urllib.parse.quote("/identity/?from=step&n=1", safe="")
    assert first == f"http://127.0.0.1:8000/p/sakura/f/?liff.state={state}"
    given = dict(urllib.parse.parse_qsl(fragment))
    claims = sandbox.line.signer.verify(given["id_token"], "1650000002", None, hanako)
    assert claims["name"] == "花子"
    with pytest.raises(ValueError, match="Audience"):
        sandbox.line.signer.verify(given["access_token"], "1650000002", None, None)
    profile = fetch(
        sandbox.line_url + "/v2/profile",
        Authorization=f"Bearer {given['access_token']}",
    )
    assert profile.body == {"userId": hanako, "displayName": "花子"}
    assert profile.headers["Access-Control-Allow-Origin"] == "*"
    friend = fetch(
        sandbox.line_url + "/friendship/v1/status",
        Authorization=f"Bearer {given['access_token']}",
    )
    assert friend.body == {"friendFlag": True}


def test_a_stranger_is_asked_who_he_is(
    sandbox: Sandbox, hanako: str, browser: Browser
) -> None:
    url = sandbox.line_url
    asked = browser.open(f"{url}/liff/1650000002-abcdefgh/identity/").where
    assert asked == "/liff/who?next=%2Fliff%2F1650000002-abcdefgh%2Fidentity%2F"
    assert "花子" in browser.open(url + asked).text
    back = browser.open(
        f"{url}/liff/who", user_id=hanako, next="/liff/1650000002-abcdefgh/identity/"
    ).where
    assert browser.open(url + back).where.startswith(
        "http://127.0.0.1:8000/p/sakura/f/?liff.state=%2Fidentity%2F#"
    )
    for target in ("https://evil.example/", "//evil.example/liff/"):
        assert (
            browser.open(f"{url}/liff/who", user_id=hanako, next=target).status == 400
        )


def test_login_goes_back_below_the_endpoint_only(
    sandbox: Sandbox, hanako: str, browser: Browser
) -> None:
    login = f"{sandbox.line_url}/liff/login?liff_id=1650000002-abcdefgh&sandbox_user={hanako}&redirect_uri="
    assert browser.open(
        login + "http://127.0.0.1:8000/p/sakura/f/identity/"
    ).where.partition("#")[0] == ("http://127.0.0.1:8000/p/sakura/f/identity/")
    assert browser.open(login + "http://127.0.0.1:8000/p/momiji/f/").status == 400


def test_buttons_of_a_template_can_be_tapped(
    sandbox: Sandbox, line: Call, hanako: str, browser: Browser
) -> None:
    actions = [
        {"type": "postback", "label": "はい", "data": "ok=1", "displayText": "はい"},
        {"type": "uri", "label": "開く", "uri": "https://example.jp/"},
    ]
    template = {"type": "buttons", "text": "よろしいですか", "actions": actions}
    message = {"type": "template", "altText": "確認", "template": template}
    assert (
        line("/v2/bot/message/push", {"to": hanako, "messages": [message]}).status
        == 200
    )
    page = browser.open(f"{sandbox.line_url}/phone/{hanako}/").text
    assert "よろしいですか" in page
    assert 'name="data" value="ok=1"' in page
    assert '<a class="button" href="https://example.jp/">開く</a>' in page


def test_a_long_talk_is_bounded(channel: Channel, hanako: str, line: Call) -> None:
    for n in range(210):
        channel.say(hanako, {"from": "user", "text": str(n)})
    assert [channel.talks[hanako][0]["text"], len(channel.talks[hanako])] == ["10", 200]


def test_the_fault_page(sandbox: Sandbox, channel: Channel, browser: Browser) -> None:
    form = {"before_500": "0.1", "seed": "5", "quota_429": "on"}
    browser.open(sandbox.line_url + "/faults/", **form)
    faults = sandbox.line.faults
    assert (faults.before_500, faults.seed, faults.quota_429, faults.hang) == (
        0.1,
        5,
        True,
        0,
    )
    assert browser.open(sandbox.line_url + "/faults/", before_500="二").status == 422


@pytest.fixture
def shop(sandbox: Sandbox) -> str:
    return sandbox.cart_url


def test_search_and_edit(sandbox: Sandbox, shop: str, browser: Browser) -> None:
    row = sandbox.cart.tables["customers"][10007]
    page = browser.open(f"{shop}/?q={urllib.parse.quote(row['email'])}").text
    assert "<title>デモカート</title>" in page
    assert re.findall(r'data-id="(\d+)"', page) == ["10007"]
    form = {
        "name01": "髙橋",
        "name02": "花",
        "email": "hana@example.jp",
        "full_tel": "080-0000-0000",
        "state": "member",
    }
    assert (
        browser.open(f"{shop}/customers/10007/", **form).where
        == "/customers/10007/?done=save"
    )
    changed = sandbox.cart.tables["customers"][10007]
    assert (changed["name01"], changed["email"], changed["full_tel"]) == (
        "髙橋",
        "hana@example.jp",
        "080-0000-0000",
    )


def test_a_wrong_edit_keeps_what_was_typed(
    sandbox: Sandbox, shop: str, browser: Browser
) -> None:
    assert (
        browser.open(
            f"{shop}/customers/10008/", name01=" ", email="typed@example.jp"
        ).status
        == 422
    )
    assert 'value="typed@example.jp"' in browser.text
    assert sandbox.cart.tables["customers"][10008]["email"] != "typed@example.jp"


def test_add_a_customer(sandbox: Sandbox, shop: str, browser: Browser) -> None:
    assert browser.open(f"{shop}/customers/new", name01="新").status == 422
    where = browser.open(
        f"{shop}/customers/new", name01="新", name02="人", email="new@example.jp"
    ).where
    number = int(where.split("/")[2])
    assert sandbox.cart.tables["customers"][number]["email"] == "new@example.jp"


def test_cancelling_takes_two_steps(
    sandbox: Sandbox, shop: str, browser: Browser
) -> None:
    row = next(
        row
        for row in sandbox.cart.tables["subs_orders"].values()
        if row["state"] == "active"
    )
    step = f"{shop}/subscriptions/{row['id']}/cancel"
    assert 'data-testid="reason-form"' in browser.open(step).text
    assert browser.open(step, reason="").status == 422
    assert 'data-testid="confirm-form"' in browser.open(step, reason="3").text
    assert row["state"] == "active"
    assert (
        browser.open(step, reason="3", confirmed="yes").where
        == f"/subscriptions/{row['id']}/?done=cancel"
    )
    assert (row["state"], row["cancel_reason_ids"]) == ("canceled", ["3"])
    assert browser.open(step, reason="3", confirmed="yes").status == 422
    assert "すでに「キャンセル」です" in browser.text


def test_suspend_and_resume(sandbox: Sandbox, shop: str, browser: Browser) -> None:
    row = next(
        row
        for row in sandbox.cart.tables["subs_orders"].values()
        if row["state"] == "active"
    )
    browser.open(
        f"{shop}/subscriptions/{row['id']}/suspend", reason="2", confirmed="yes"
    )
    assert (row["state"], row["suspended_at"] is None) == ("suspend", False)
    browser.open(f"{shop}/subscriptions/{row['id']}/resume", confirmed="yes")
    assert (row["state"], row["suspended_at"]) == ("active", None)


def test_the_switches(
    sandbox: Sandbox, shop: str, cart: Call, browser: Browser
) -> None:
    browser.open(
        f"{shop}/settings/",
        token="neu",
        outage="on",
        slow_ms="0",
        rate_per_second="0.5",
        retry_after="7",
    )
    switches = sandbox.cart.switches
    assert (
        switches.token,
        switches.outage,
        switches.rate_per_second,
        switches.retry_after,
    ) == ("neu", True, 0.5, 7)
    assert browser.open(f"{shop}/settings/", slow_ms="はやい").status == 422


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/customers/10001/",
        "/customers/new",
        "/subscriptions/",
        "/orders/",
        "/settings/",
    ],
)
def test_pages_are_japanese_and_locked_down(shop: str, path: str) -> None:
    answer = fetch(shop + path)
    assert '<html lang="ja">' in answer.body
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert not re.search(r'style="|<script(?! src)|\son\w+="', answer.body)
