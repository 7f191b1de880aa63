"""An attribute is made, becomes a column of the list, and a cell is edited by keyboard and taken back."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Stack, overflow, picture

pytestmark = pytest.mark.browser


def log_in(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.web}/login/")
    page.get_by_label("ログインID").fill(stack.login)
    page.get_by_label("パスワード", exact=True).fill(stack.password)
    page.get_by_role("button", name="ログイン", exact=True).click()


def test_a_cell_by_keyboard(
    stack: Stack,
    new_context: Callable[..., BrowserContext],
    axe: Callable[[Page], list[str]],
) -> None:
    name = f"肌年齢{time.time_ns() % 10**6}"  # the shop of a running stack may have one already
    page = new_context(1360).new_page()
    log_in(page, stack)
    page.goto(stack.console("members/attributes/"))
    page.get_by_role("link", name="項目を作成").click()
    dialog = page.get_by_role("dialog", name="項目の作成")
    dialog.get_by_label("項目名").fill(name)
    dialog.get_by_text("数値", exact=True).click()
    dialog.get_by_text("会員リストに表示").click()
    dialog.get_by_role("button", name="項目を作成").click()
    expect(page.get_by_role("rowheader", name=name)).to_be_visible()
    assert axe(page) == [] and overflow(page) == 0
    picture(page, "attributes")

    page.goto(stack.console("members/"))
    expect(page.get_by_role("columnheader", name=name)).to_be_visible()
    pencil = page.get_by_role("link", name=f"{name}を編集").first
    where = page.locator(f"#{pencil.locator('..').get_attribute('id')}")
    pencil.focus()
    page.keyboard.press("Enter")
    box = where.get_by_role("textbox")
    expect(box).to_be_focused()
    page.keyboard.type("三十")
    page.keyboard.press("Enter")
    expect(where.get_by_role("alert")).to_contain_text("数値として読み取れません")
    expect(box).to_have_value("三十")
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    expect(where.get_by_role("link")).to_be_focused()

    page.keyboard.press("Enter")
    expect(box).to_be_focused()
    page.keyboard.type("３２")
    page.keyboard.press("Enter")
    expect(where).to_contain_text("32")
    expect(where.get_by_role("link")).to_be_focused()
    toast = page.get_by_role("status", name="お知らせ")
    expect(toast).to_contain_text(f"「{name}」を保存しました。")
    toast.get_by_role("button", name="元に戻す").click()
    expect(toast).to_contain_text(f"「{name}」を元に戻しました。")
    expect(where).not_to_contain_text("32")
    picture(page, "cells")
    assert axe(page) == []
