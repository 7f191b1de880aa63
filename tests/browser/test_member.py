"""A member's life on the console: added beside somebody alike, noted on, joined and parted, deleted and back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stack, overflow, picture

pytestmark = pytest.mark.browser


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def add(page: Page, stack: Stack, **typed: str) -> None:
    page.goto(stack.console("members/"))
    page.get_by_role("link", name="会員を追加").click()
    for label, value in typed.items():
        page.get_by_label(label).first.fill(value)
    press(page, "追加する")


def test_a_members_life(
    open_page: Callable[..., Page], stack: Stack, axe: Callable[[Page], list[str]]
) -> None:
    page = open_page(stack.console("members/"))
    add(page, stack, 氏名="統合 花子", メールアドレス="merge-a@example.jp")
    expect(page.get_by_role("heading", level=1)).to_have_text("統合 花子")
    first = page.url

    add(page, stack, 氏名="統合　花子", 電話番号="０９０-8888-7777")
    expect(page.get_by_role("heading", name="すでに似た会員がいます")).to_be_visible()
    picture(page, "member_alike")
    press(page, "それでも追加")
    page.wait_for_url(lambda url: "/new/" not in url)
    second = page.url

    page.get_by_role("navigation", name="会員の情報").get_by_role(
        "link", name="メモ"
    ).click()
    page.get_by_role("link", name="メモを書く").click()
    page.get_by_label("応対履歴").check()
    page.get_by_label("手段").select_option("phone")
    page.get_by_label("内容").fill("届かないとのこと")
    press(page, "保存する")
    expect(page.get_by_text("届かないとのこと")).to_be_visible()

    page.get_by_role("link", name="編集").first.click()
    page.goto(f"{second}edit/")
    page.get_by_label("電話番号").fill("090-8888-6666")
    press(page, "保存する")
    page.goto(f"{second}?tab=changes")
    entry = page.locator(".timeline > li").first
    expect(entry).to_contain_text("電話番号を変更")
    expect(entry.locator("del")).to_contain_text("090-8888-7777")
    expect(entry.locator("ins")).to_contain_text("090-8888-6666")
    picture(page, "member_changes")

    page.get_by_role("link", name="統合", exact=True).click()
    page.get_by_role("checkbox").first.check()
    press(page, "次へ")
    expect(page.get_by_role("heading", level=1)).to_have_text("会員の統合")
    assert axe(page) == [] and overflow(page) <= 0
    picture(page, "member_merge")
    press(page, "統合する")
    expect(page.get_by_text("統合しました")).to_be_visible()
    survivor, gone = (first, second) if page.url == first else (second, first)
    page.goto(gone)
    assert page.url == survivor
    page.goto(f"{survivor}?tab=all")
    assert axe(page) == [] and overflow(page) <= 0
    picture(page, "member_one_screen")
    page.goto(f"{survivor}?tab=changes")
    press(page, "統合を元に戻す")
    page.goto(gone)
    assert page.url == gone

    page.get_by_role("link", name="削除", exact=True).click()
    press(page, "削除する")
    expect(page.get_by_text("が削除しました。")).to_be_visible()
    press(page, "復元する")
    expect(page.get_by_text("会員を復元しました。")).to_be_visible()
    for address in (f"{second}?tab=notes", f"{second}?tab=all", second):
        phone = open_page(address, width=390, theme="dark")
        assert overflow(phone) <= 0
    picture(phone, "member_phone")
