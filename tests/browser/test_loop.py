"""The whole loop, as three people live it: a customer with a phone, a shop's operator, and the cart's own office.

Nothing reaches into the database; what is asserted has been read on a page.
"""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Stack, picture

pytestmark = pytest.mark.browser
# Another number each time, so that a stack may be used again.
STEM = f"090-{5000 + time.time_ns() // 1_000_000_000 % 5000}-{time.time_ns() // 1_000_000 % 1000:03}"
RIGHT, WRONG = f"{STEM}3", f"{STEM}4"
PATIENCE = 40_000


def add_cart_customer(page: Page, stack: Stack) -> str:
    """The shop's customer as the cart knows her; returns 顧客番号."""
    page.goto(f"{stack.cart}/customers/new")
    for name, value in (
        ("name01", "花田"),
        ("name02", "はるか"),
        ("email", "haruka@example.jp"),
        ("full_tel", RIGHT),
    ):
        page.locator(f"input[name={name}]").fill(value)
    page.get_by_test_id("save").click()
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    return page.get_by_test_id("number").inner_text()


def make_step_message(page: Page, stack: Stack) -> None:
    """The recipe, shortened to "at once": a delay below the cart's frequency must be confirmed."""
    page.goto(stack.console("messages/"))
    page.get_by_role("link", name="電話番号再入力").first.click()
    page.get_by_label("メッセージ管理名").fill("すぐに番号を聞き直す")
    # The recipe knows the form that asks for the number, and the tag that it puts on.
    tags = page.get_by_role("group", name="トリガータグ")
    expect(tags.get_by_label("本人確認済み")).to_be_checked()
    page.get_by_label("配信時間", exact=False).first.fill("0")
    page.get_by_text("分後", exact=True).click()
    chosen = page.get_by_label("フォームを添える").locator("option:checked")
    expect(chosen).to_have_text("本人確認フォーム")
    status = page.get_by_label("ステータス")
    if not status.is_checked():
        status.check(force=True)
    page.get_by_role("button", name="保存する").click()
    expect(page.locator("[data-errors]")).to_contain_text(
        "カート連携頻度（10分）より短い時間（すぐ）です"
    )
    expect(page.get_by_label("メッセージ管理名")).to_have_value("すぐに番号を聞き直す")
    page.get_by_label("この配信時間で保存する").check()
    page.get_by_role("button", name="保存する").click()
    # Before the first start it asks about those who have the tag already.
    page.get_by_label("配信しない", exact=False).check()
    page.get_by_role("button", name="オンにする").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("すぐに番号を聞き直す")


def answer(page: Page, phone: str, first: bool) -> None:
    """Fill in the form that is open. The second time, what is known stands there masked."""
    if first:
        page.get_by_label("お名前").fill("花田 はるか")
        page.get_by_label("電話番号").fill(phone)
    else:
        # The number that no customer has is asked for openly.
        page.get_by_label("新しい電話番号").fill(phone)
    page.get_by_role("button", name="送信する").click()
    page.wait_for_url("**/thanks/**")


def poll(page: Page, stack: Stack, times: int) -> None:
    """今すぐ連携, and wait until the run has ended well."""
    for _ in range(times):
        before = successes(page, stack)
        page.goto(stack.console("carts/"))
        page.get_by_role("button", name="今すぐ連携").click()
        until(page, lambda before=before: successes(page, stack) > before)


def successes(page: Page, stack: Stack) -> int:
    page.goto(stack.console("carts/"))
    page.get_by_role("link", name="デモカート").click()
    page.wait_for_url(re.compile(r"/carts/\w+/$"))
    page.goto(f"{page.url}runs/")
    return page.locator("tbody tr").filter(has_text="成功").count()


def until(page: Page, holds: Callable[..., bool], milliseconds: int = PATIENCE) -> None:
    for _ in range(milliseconds // 500):
        if holds():
            return
        page.wait_for_timeout(500)
    raise AssertionError(
        f"waited {milliseconds / 1000:.0f} s in vain on {page.url}:\n{page.locator('main').inner_text()}"
    )


def find_member(page: Page, stack: Stack, name: str) -> None:
    page.goto(stack.console("members/"))
    page.get_by_role("searchbox").first.fill(name)
    page.get_by_role("searchbox").first.press("Enter")
    page.locator("tbody").get_by_role("link", name=name).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


@pytest.mark.timeout(300)
def test_the_whole_loop(
    open_page: Callable[..., Page],
    new_context: Callable[..., BrowserContext],
    stack: Stack,
) -> None:
    operator = open_page("/shops/")
    number = add_cart_customer(operator.context.new_page(), stack)
    make_step_message(operator, stack)
    operator.goto(stack.console("contents/liff/"))
    row = operator.get_by_role("row").filter(has_text="本人確認フォーム")
    form_url = row.locator(".copy input").first.input_value()

    # She becomes a friend.
    phone = new_context(390).new_page()
    phone.goto(f"{stack.line}/phone/")
    phone.get_by_label("LINEの表示名").fill("はるか☆")
    phone.get_by_role("button", name="電話を作る").click()
    phone.get_by_test_id("follow").click()
    talk = phone.url
    until(operator, lambda: listed(operator, stack, "はるか☆"))

    # She answers, with one digit wrong. The cart is asked at once.
    phone.goto(form_url)
    answer(phone, WRONG, first=True)
    expect(
        phone.get_by_role("status").filter(has_text="見つかりませんでした")
    ).to_be_visible(timeout=10_000)
    find_member(operator, stack, "花田 はるか")
    expect(operator.locator("main")).to_contain_text("認知済み")

    # Nobody is asked again before two good polls.
    phone.goto(talk)
    expect(phone.get_by_test_id("bubble-bot")).to_have_count(0)
    poll(operator, stack, 2)
    bubble = phone.get_by_test_id("bubble-bot").last
    expect(bubble).to_contain_text("花田 はるか", timeout=PATIENCE)
    picture(phone, "loop_asked_again")
    find_member(operator, stack, "花田 はるか")
    expect(operator.locator("main")).to_contain_text(
        f"電話番号が1桁違う顧客がいます（顧客番号{number}）"
    )

    # She opens the form from the message and corrects the number.
    bubble.get_by_role("link").click()
    answer(phone, RIGHT, first=False)
    expect(phone.get_by_role("status").filter(has_text="連携できました")).to_be_visible(
        timeout=10_000
    )
    poll(operator, stack, 1)

    # The operator sees the link, the tag, the newest answer and both in the history.
    find_member(operator, stack, "花田 はるか")
    page = operator.locator("main")
    expect(page.locator(".badge").filter(has_text="連携済み").first).to_be_visible()
    expect(page.locator(".tag").filter(has_text="カート連携済み").first).to_be_visible()
    newest = operator.get_by_role("region", name="本人確認データ")
    expect(newest).to_contain_text(RIGHT)
    picture(operator, "loop_member")
    newest.get_by_role("link", name="回答の履歴").click()
    history = operator.get_by_role("region", name="回答の履歴")
    expect(history).to_contain_text(WRONG)
    expect(history).to_contain_text(RIGHT)

    # And is not asked a third time.
    poll(operator, stack, 2)
    phone.goto(talk)
    expect(phone.get_by_test_id("bubble-bot")).to_have_count(1)


def listed(page: Page, stack: Stack, name: str) -> bool:
    page.goto(stack.console("members/"))
    return page.get_by_role("link", name=name).count() > 0
