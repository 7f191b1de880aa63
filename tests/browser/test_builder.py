"""Building a condition: by keyboard in the dialog, with a count before it is applied; on a phone; without scripts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Stack, picture

pytestmark = pytest.mark.browser
COUNT = re.compile(r"該当 ([\d,]+)名")


def counted(page: Page) -> int:
    status = page.locator(".builder-count")
    expect(status).to_have_text(COUNT)
    found = COUNT.search(status.inner_text())
    assert found
    return int(found[1].replace(",", ""))


def total(page: Page) -> int:
    current = page.locator(".tabs [aria-current]").first
    return int("".join(re.findall(r"\d", current.inner_text())))


def choose(page: Page, name: str, label: str) -> None:
    """In the select that has the focus, as with arrow keys."""
    focused = page.locator("select:focus")
    expect(focused).to_have_attribute("aria-label", name)
    focused.evaluate("select => { select.dataset.old = 1 }")
    with page.expect_response("**/members/filter/rows/"):
        focused.select_option(label=label)
    expect(page.locator("select:focus:not([data-old])")).to_have_count(1)  # the new rows have come, and the focus


def test_an_or_with_a_not_by_keyboard(
    open_page: Callable[..., Page], stack: Stack, axe: Callable[[Page], list[str]]
) -> None:
    page = open_page(stack.console("members/"))
    everybody = total(page)
    page.locator("#filter-open").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#field-1")).to_be_focused()
    expect(page.locator("#filter")).to_be_visible()
    usual = counted(page)
    assert usual == everybody
    page.get_by_role("button", name="グループを追加").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#field-3")).to_be_focused()
    choose(page, "項目", "LINEの状態")
    page.get_by_label("ブロック").check()
    page.get_by_role("button", name="条件を追加").first.press("Enter")
    expect(page.locator("#field-4")).to_be_focused()
    choose(page, "項目", "登録日")
    page.keyboard.press("Tab")
    choose(page, "比べ方", "過去◯日以内")
    page.get_by_label("日数").fill("3650")
    expect(page.get_by_label("ブロック")).to_be_checked()
    assert axe(page) == []
    before = counted(page)
    group = page.get_by_role("radiogroup", name="つなぎ方").nth(1)
    with page.expect_response("**/members/filter/count/**"):
        group.get_by_label("除く").check(force=True)
    expect(page.locator(".builder-count")).not_to_have_text(f"該当 {before:,}名")
    left = counted(page)
    picture(page, "builder_dialog")
    assert before == everybody and left == 0
    page.locator("#field-4").locator("..").locator("..").get_by_role("button").press("Enter")
    expect(page.locator("#field-4")).to_have_count(0)
    expect(page.get_by_role("button", name="条件を追加").first).to_be_focused()
    expect(page.locator(".builder-count")).not_to_have_text("該当 0名")
    shown = counted(page)
    page.get_by_role("button", name="この条件で絞り込む").press("Enter")
    page.wait_for_url("**/members/?*c=*")
    assert 0 < total(page) == shown < everybody
    chip = page.locator(".filter .chip", has_text="除く：LINEの状態：ブロック")
    expect(chip).to_be_visible()
    chip.get_by_role("link", name=re.compile("を外す")).press("Enter")
    page.wait_for_url(lambda url: "blocked" not in url)
    assert total(page) == everybody


def test_on_a_phone_a_chip_leads_to_its_row(
    open_page: Callable[..., Page], stack: Stack, axe: Callable[[Page], list[str]]
) -> None:
    page = open_page(stack.console("members/"), width=390, theme="dark")
    page.locator(".filter .chip a.chip-text").first.click()
    page.wait_for_url("**/members/filter/**")
    expect(page.locator("#field-1")).to_be_focused()
    assert counted(page) > 0
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "builder_phone")


def test_without_scripts(new_context: Callable[..., BrowserContext], stack: Stack, signed_in: dict) -> None:  # type: ignore[type-arg]
    page = new_context(storage_state=signed_in, java_script_enabled=False).new_page()
    page.goto(stack.console("members/"))
    page.locator("#filter-open").click()
    page.wait_for_url("**/members/filter/**")
    page.get_by_role("button", name="条件を追加").click()
    page.locator("#field-2").select_option(label="氏名")
    page.get_by_role("button", name="表示し直す").click()
    page.locator("#value-2").fill("田")
    page.get_by_role("button", name="この条件で絞り込む").click()
    page.wait_for_url("**/members/?*c=*")
    assert "田" not in page.url and "%E7%94%B0" not in page.url
    expect(page.locator(".filter .chip", has_text="「田」を含む")).to_be_visible()
