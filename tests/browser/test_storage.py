"""The browser keeps nothing of a customer: whoever sits down at the computer next finds only pages to log in to."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stack

pytestmark = pytest.mark.browser
KEPT = """async () => JSON.stringify([
    Object.entries(localStorage), Object.entries(sessionStorage), document.cookie,
    (await indexedDB.databases()).map(d => d.name), await caches.keys(), history.state])"""


def test_the_browser_keeps_nothing_of_a_member(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page(stack.console("members/"))
    row = page.locator("main table tbody tr").first
    words = [word for word in row.inner_text().split() if len(word) > 3]
    row.locator("a[href*='/members/']").first.click()
    page.wait_for_url("**/members/*/")
    name = page.get_by_role("heading", level=1).inner_text().strip()
    page.locator("header input[type=search], header input[name=q]").first.fill(name)
    page.locator("header input[type=search], header input[name=q]").first.press("Enter")
    page.wait_for_url("**/members/?*s=*")
    expect(page.locator("main table tbody tr").first).to_be_visible()
    assert name not in page.url
    page.go_back()
    page.wait_for_url("**/members/*/")
    local, session, cookie, databases, caches, state = json.loads(page.evaluate(KEPT))
    assert (databases, caches) == ([], [])
    kept = json.dumps([local, session, cookie, state], ensure_ascii=False)
    assert [word for word in [name, *words] if word in kept] == []


def test_the_back_button_after_logging_out_shows_nobody(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page("/login/", anonymous=True)
    page.get_by_label("ログインID").fill(stack.login)
    page.locator("input[type=password]").fill(stack.password)
    page.locator("form button[type=submit]").last.click()
    page.wait_for_url(f"{stack.console()}**")
    page.goto(stack.console("members/"))
    name = (
        page.locator("main table tbody tr a[href*='/members/']")
        .first.inner_text()
        .strip()
    )
    page.evaluate("document.querySelector('form[action=\"/logout/\"]').submit()")
    page.wait_for_url("**/login/**")
    page.go_back()
    page.wait_for_url("**/login/**")
    assert name not in page.content()
