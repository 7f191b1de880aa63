"""An operator sets up to hear of a form's answers by LINE: few clicks, from the form to the first notice."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Stack

pytestmark = pytest.mark.browser
MOST_CLICKS = 12


class Hand:
    """Counts what it clicks."""

    def __init__(self) -> None:
        self.clicks = 0

    def click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1


def test_answers_are_heard_of_by_line_after_twelve_clicks(
    open_page: Callable[..., Page],
    new_context: Callable[..., BrowserContext],
    stack: Stack,
) -> None:
    hand = Hand()
    phone = new_context(390).new_page()
    phone.goto(f"{stack.line}/phone/")
    phone.get_by_label("LINEの表示名").fill("店長のスマホ")
    phone.get_by_role("button", name="電話を作る").click()
    hand.click(phone.get_by_test_id("follow"))

    page = open_page(stack.console("members/"))
    menu = page.get_by_role("navigation").get_by_role("link", name="LIFF", exact=True)
    hand.click(menu)
    hand.click(page.get_by_role("link", name="お問い合わせフォーム"))
    hand.click(page.locator("main").get_by_role("link", name="編集").first)
    hand.click(page.get_by_label("LINE", exact=True))
    hand.click(page.get_by_role("button", name="保存する"))
    page.wait_for_url(re.compile(r"/contents/liff/\w{12}/$"))
    hearers = page.get_by_role("region", name="申込み通知")
    expect(hearers).to_contain_text("本人の通知設定がオフです")

    hand.click(page.get_by_role("link", name=re.compile("^お知らせ")).first)
    hand.click(page.get_by_role("link", name="通知の設定"))
    hand.click(page.get_by_role("button", name="連携コードを表示する"))
    phone.get_by_label("メッセージ").fill(page.locator("#phone-code").input_value())
    hand.click(phone.get_by_test_id("send"))
    hand.click(page.get_by_label("フォームの回答：LINE"))
    hand.click(page.get_by_role("button", name="保存する", exact=True))
    assert hand.clicks <= MOST_CLICKS

    # The code travels by LINE's webhook.
    end = page.get_by_role("button", name="連携を解除する")
    while not end.count():
        page.reload()
    page.get_by_role("button", name="LINEで受け取る").click()
    expect(page.get_by_text("LINEにテスト通知を送りました。")).to_be_visible()
    expect(phone.get_by_test_id("bubble-bot").last).to_contain_text("テスト通知")
    end.click()
    expect(page.get_by_text("スマホ連携を解除しました。")).to_be_visible()
