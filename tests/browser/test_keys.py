"""Every key that the help page promises does what it says, on the list of members; a search keeps the focus."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stack

pytestmark = pytest.mark.browser


def test_every_promised_key(open_page: Callable[..., Page], stack: Stack) -> None:
    page = open_page(stack.console("members/"))
    rows = page.locator(".list tbody tr")
    links = rows.locator(".at-title a:not(.cell-edit)")
    for key, row in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(links.nth(row)).to_be_focused()
    page.keyboard.press("x")
    expect(rows.nth(1).locator(".row-check")).to_be_checked()
    page.keyboard.press("?")
    help_page = page.get_by_role("dialog", name="キーボードの操作")
    expect(help_page).to_be_visible()
    # Whoever promises another key presses it here.
    assert help_page.locator("kbd").all_inner_texts() == [
        "/",
        "?",
        "Esc",
        "j",
        "k",
        "x",
        "Shift",
        "クリック",
    ]
    page.keyboard.press("Escape")
    expect(help_page).to_be_hidden()
    rows.nth(3).locator(".row-check").click(modifiers=["Shift"])
    expect(rows.nth(2).locator(".row-check")).to_be_checked()
    page.keyboard.press("/")
    expect(page.locator("[data-search]").first).to_be_focused()


def test_a_search_keeps_the_focus(open_page: Callable[..., Page], stack: Stack) -> None:
    page = open_page(stack.console("members/"))
    box = page.locator("[data-search]").first
    box.fill("花子")
    box.press("Enter")
    page.wait_for_url("**/members/?*")
    expect(page.locator("[data-search]").first).to_be_focused()
