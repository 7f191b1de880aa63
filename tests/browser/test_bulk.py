"""All of a list is tagged with a new tag, and the tag taken back, without a mouse."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Stack, overflow, picture

pytestmark = pytest.mark.browser
TAG = "一括タグの試験"


def press(target: Locator, key: str = "Enter") -> None:
    """As somebody does who has reached it with the Tab key: what cannot be focused does not get the key."""
    target.focus()
    expect(target).to_be_focused()
    target.page.keyboard.press(key)


def test_tagging_all_and_taking_it_back_by_keyboard(
    open_page: Callable[..., Page], stack: Stack, axe: Callable[[Page], list[str]]
) -> None:
    page = open_page(stack.console("members/"))
    press(page.get_by_role("link", name=re.compile("条件「表示.*を外す")))
    page.wait_for_url("**/members/?*")
    press(page.get_by_label("このページをすべて選択"), "Space")
    everybody = page.get_by_role(
        "checkbox", name=re.compile("一覧の会員.*名すべてを選択")
    )
    press(everybody, "Space")
    total = re.search(
        r"会員([\d,]+)名すべて", page.locator(".bulk-text [data-when=all]").inner_text()
    )
    assert total
    count = total[1]
    press(page.get_by_role("button", name="一括タグ付け"))
    expect(page.get_by_text(f"{count}名の会員にタグを付けます。")).to_be_visible()
    assert axe(page) == [] and overflow(page) == 0
    page.get_by_label("新しいタグ").focus()
    page.keyboard.type(TAG)
    press(page.get_by_role("button", name="タグを付ける"))

    toast = page.locator(".toast")
    expect(toast).to_contain_text(f"「一括タグ付け：{TAG}」を受け付けました。")
    press(toast.get_by_role("link"))
    expect(page.locator("#job-state")).to_contain_text(
        f"タグ「{TAG}」を会員{count}名に付けました。", timeout=30_000
    )
    expect(page.get_by_role("main")).to_contain_text("完了")
    assert axe(page) == [] and overflow(page) == 0

    press(page.get_by_role("link", name="元に戻す"))
    expect(page.get_by_text(f"会員{count}名から、タグを外します。")).to_be_visible()
    press(page.get_by_role("button", name="元に戻す"))
    expect(page.locator("#job-state")).to_contain_text(
        f"会員{count}名からタグを外しました。", timeout=30_000
    )

    page.goto(stack.console("jobs/"))
    expect(page.get_by_role("row").nth(2)).to_contain_text("元に戻しました")
    assert axe(page) == [] and overflow(page) == 0


def test_the_input_of_a_bulk_update_fits_the_item_chosen(
    open_page: Callable[..., Page], stack: Stack, axe: Callable[[Page], list[str]]
) -> None:
    name = f"ランク{time.time_ns() % 10**6}"  # the shop of a running stack may have one already
    page = open_page(stack.console("members/attributes/new/"))
    page.get_by_label("項目名").fill(name)
    page.get_by_text("選択肢", exact=True).first.click()
    page.locator("textarea").fill("ゴールド\nシルバー")
    page.get_by_role("button", name="項目を作成").click()

    page.goto(stack.console("members/"))
    for box in page.get_by_role("row").get_by_role("checkbox").all()[1:4]:
        box.check(force=True)
    page.get_by_role("button", name="一括更新").click()
    expect(page.get_by_text("3名の会員の情報を更新します。")).to_be_visible()
    page.get_by_label("変更する項目").select_option(label="生年月日")
    expect(page.get_by_text("年が分からないときは「11/22」の形で")).to_be_visible()
    page.get_by_label("変更する項目").select_option(label=name)
    expect(page.locator("select#id_value")).to_be_visible()
    page.get_by_label("新しい値").select_option("ゴールド")
    picture(page, "bulk-set")
    assert axe(page) == [] and overflow(page) == 0
    page.get_by_role("button", name="更新する").click()
    expect(page.locator(".toast")).to_contain_text(
        f"「{name}」を会員3名で更新しました。"
    )
    picture(page, "bulk-set-done")


def test_what_still_needs_the_telephone_number_is_named(
    open_page: Callable[..., Page], stack: Stack, axe: Callable[[Page], list[str]]
) -> None:
    page = open_page(stack.console("members/attributes/"))
    page.get_by_role("link", name="保管 電話番号").click()
    expect(page.get_by_text("まだ保管できません")).to_be_visible()
    expect(page.get_by_text("受付中のフォームの質問").first).to_be_visible()
    picture(page, "attribute-needed")
    assert axe(page) == [] and overflow(page) == 0
