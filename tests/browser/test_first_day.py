"""A new shop from nothing to its first linked friend, by the checklist alone: each step begins at its button there."""

import json
import re
import time
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Stack, picture
from tests.browser.test_loop import until

pytestmark = pytest.mark.browser
# Another shop, channel and number each time, so that a stack may be used again.
NOW = time.time_ns() // 1_000_000
SLUG = f"first-{NOW % 10**9}"
CHANNEL, LOGIN = f"21{NOW % 10**8:08}", f"22{NOW % 10**8:08}"
NUMBER = f"080-{NOW % 10**4:04}-{NOW // 10**4 % 10**4:04}"
NAME = "春野 ひなた"


def open_item(page: Page, stack: Stack, number: int) -> None:
    """設定する of one item of the checklist."""
    page.goto(f"{stack.web}/t/{SLUG}/settings/checklist/")
    card = page.locator("section.card").nth(number - 1)
    card.get_by_role("link", name=re.compile("^(設定|確認)する")).click()


def try_item(page: Page, stack: Stack, number: int) -> None:
    """テスト of one item, and what it says is good."""
    page.goto(f"{stack.web}/t/{SLUG}/settings/checklist/")
    card = page.locator("section.card").nth(number - 1)
    card.get_by_role("button", name="テスト").click()
    expect(card.locator(".alert.ok")).to_be_visible()


def count_done(page: Page, stack: Stack) -> int:
    page.goto(f"{stack.web}/t/{SLUG}/settings/checklist/")
    return page.locator("section.card .badge.ok").count()


def register_channel(stack: Stack, page: Page) -> None:
    """Type at LINE Developers what the account's page gives to be copied there."""
    copied = page.locator(".copy input")
    values = [copied.nth(n).input_value() for n in range(copied.count())]
    (webhook,) = [value for value in values if "/hooks/" in value]
    (endpoint,) = [value for value in values if value.endswith("/f/")]
    told = {
        "channel_id": CHANNEL,
        "channel_secret": "first-secret",
        "access_token": "first-token",
        "login_channel_id": LOGIN,
        "liff_id": f"{LOGIN}-first001",
        "name": "はじめての店",
        "basic_id": "@first",
        "webhook_url": webhook,
        "liff_endpoint": endpoint,
    }
    request = urllib.request.Request(
        f"{stack.line}/sandbox/channels",
        json.dumps(told).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=30).close()


def connect_line(page: Page, stack: Stack) -> None:
    open_item(page, stack, 1)
    for label, value in (
        ("アカウント名", "はじめての店"),
        ("チャネルID（Messaging API）", CHANNEL),
        ("チャネルシークレット", "first-secret"),
        ("チャネルアクセストークン", "first-token"),
        ("チャネルID（LINEログイン）", LOGIN),
        ("LIFF ID", f"{LOGIN}-first001"),
    ):
        page.get_by_label(label, exact=False).first.fill(value)
    page.get_by_role("button", name="保存する").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("はじめての店")
    register_channel(stack, page)
    try_item(page, stack, 1)
    try_item(page, stack, 2)
    try_item(page, stack, 3)


def publish_form(page: Page, stack: Stack) -> str:
    """Take the ready form that asks who somebody is; return its address."""
    open_item(page, stack, 4)
    page.get_by_role("link", name="ひな形から作る").first.click()
    ready = page.locator(".card").filter(has_text="本人確認").first
    ready.get_by_role("link").first.click()
    page.get_by_role("button", name="保存する").click()
    try_item(page, stack, 4)
    open_item(page, stack, 4)
    return page.locator(".copy input").first.input_value()


def answer_as_a_friend(phone: Page, stack: Stack, form_url: str) -> None:
    phone.goto(f"{stack.line}/phone/")
    phone.get_by_label("LINEの表示名").fill("ひなた")
    phone.get_by_role("button", name="電話を作る").click()
    phone.get_by_role("link", name="はじめての店").click()
    phone.get_by_test_id("follow").click()
    expect(phone.get_by_test_id("follow")).to_have_count(0)
    phone.goto(form_url)
    phone.get_by_label("お名前").fill(NAME)
    phone.get_by_label("電話番号").fill(NUMBER)
    phone.get_by_role("button", name="送信する").click()
    phone.wait_for_url("**/thanks/**")


def connect_cart(page: Page, stack: Stack) -> None:
    """The cart already knows a customer of this number. The first reading begins by itself."""
    page.goto(f"{stack.cart}/customers/new")
    for name, value in (("name01", "春野"), ("name02", "ひなた"), ("full_tel", NUMBER)):
        page.locator(f"input[name={name}]").fill(value)
    page.locator("input[name=email]").fill(f"hinata-{NOW}@example.jp")
    page.get_by_test_id("save").click()
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    open_item(page, stack, 7)
    page.get_by_role("link", name="ecforce", exact=True).click()
    page.get_by_label("カート名").fill("はじめてのカート")
    page.get_by_label("接続先URL").fill(stack.cart)
    page.get_by_label("APIトークン").fill("demo-token")
    page.locator("input[name=match_key][value=phone]").check(force=True)
    page.get_by_role("button", name="保存する").click()
    try_item(page, stack, 7)


@pytest.mark.timeout(200)
def test_from_nothing_to_the_first_linked_friend(
    open_page: Callable[..., Page],
    new_context: Callable[..., BrowserContext],
    stack: Stack,
) -> None:
    page = open_page("/shops/new/")
    page.get_by_label("ショップ名").fill("はじめての店")
    page.get_by_label("ショップID").fill(SLUG)
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(f"**/t/{SLUG}/settings/checklist/")
    assert count_done(page, stack) == 0
    connect_line(page, stack)
    form_url = publish_form(page, stack)
    answer_as_a_friend(new_context(390).new_page(), stack, form_url)
    try_item(page, stack, 5)
    connect_cart(page, stack)
    # All but the mail account, which a shop may do without.
    until(page, lambda: count_done(page, stack) == 7)
    try_item(page, stack, 8)
    picture(page, "first_day")
