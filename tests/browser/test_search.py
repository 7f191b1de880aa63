"""The search box, and a pasted list of telephone numbers with what it did not find."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Stack

pytestmark = pytest.mark.browser


def names(page: Page) -> Locator:
    return page.locator("tbody th a")


def search(page: Page, text: str) -> None:
    page.get_by_role("searchbox").first.fill(text)
    page.get_by_role("searchbox").first.press("Enter")
    expect(page.locator(".chips")).to_contain_text(f"検索：{text}")


def test_people_are_found_however_they_are_typed(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page(stack.console("members/new/"))
    for field, value in (("name", "髙嵜　萌黄"), ("phone", "070-4321-8765")):
        page.locator(f"main [name={field}]").fill(value)
    page.get_by_role("main").locator("form button[type=submit]").last.click()
    expect(page.get_by_role("heading", name="髙嵜　萌黄")).to_be_visible()

    for typed in ("萌黄", "高崎", "07043218765", "8765"):
        page.goto(stack.console("members/"))
        search(page, typed)
        expect(names(page)).to_contain_text(["髙嵜　萌黄"])

    page.goto(stack.console("members/paste/"))
    page.locator("main [name=text]").fill(
        "０７０－４３２１－８７６５、07011112222\n070-4321-8765、x"
    )
    page.get_by_role("button", name="絞り込む").last.click()
    expect(names(page)).to_contain_text(["髙嵜　萌黄"])
    counts = page.locator(".counts dd")
    expect(counts.nth(0)).to_have_text("4")
    expect(page.locator(".counts")).to_contain_text("1名")
    with page.expect_download() as download:
        page.locator(".counts form[action*=not-found] button").click()
    assert Path(download.value.path()).read_text() == "+817011112222\n"
