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


def settled(page: Page) -> int:
    """The count of what stands there now: asked for, and answered."""
    page.wait_for_timeout(900)  # the page waits 400 ms for more to be typed
    expect(page.locator(".builder-count:not(.htmx-request)")).to_have_count(1)
    return counted(page)


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
    expect(page.locator("select:focus:not([data-old])")).to_have_count(
        1
    )  # the new rows have come, and the focus


def test_an_or_with_a_not_by_keyboard(
    open_page: Callable[..., Page], stack: Stack, axe: Callable[[Page], list[str]]
) -> None:
    page = open_page(stack.console("members/"))
    everybody = total(page)
    page.locator("#filter-open").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#field-1")).to_be_focused()
    expect(page.locator("#filter")).to_be_visible()
    assert counted(page) == everybody
    assert page.get_by_role(
        "checkbox", name="退会・ビジターを除く（友だちは含む）"
    ).is_checked()
    choose(page, "項目", "LINEの状態")
    page.get_by_label("ブロック").check()
    blocked = settled(page)
    page.get_by_role("button", name="条件を追加").press("Enter")
    expect(page.locator("#field-2")).to_be_focused()
    choose(page, "項目", "連携状態")
    page.get_by_label("連携済み").check()
    expect(page.get_by_label("ブロック")).to_be_checked()
    both = settled(page)
    page.get_by_role("radiogroup", name="つなぎ方").get_by_label(
        "いずれかを満たす"
    ).check(force=True)
    either = settled(page)
    assert both <= blocked < either < everybody
    assert axe(page) == []
    picture(page, "builder_dialog")
    page.get_by_role("radiogroup", name="つなぎ方").get_by_label("除く").check(
        force=True
    )
    assert settled(page) == everybody - either
    page.get_by_role("button", name="条件「連携状態」を削除").press("Enter")
    expect(page.locator("#field-2")).to_have_count(0)
    expect(page.get_by_role("button", name="条件を追加")).to_be_focused()
    shown = settled(page)
    assert shown == everybody - blocked
    page.get_by_role("button", name="この条件で絞り込む").press("Enter")
    page.wait_for_url("**/members/?*c=*")
    assert total(page) == shown
    expect(page.locator(".filter .chip", has_text="表示")).to_be_visible()
    chip = page.locator(".filter .chip", has_text="除く：LINEの状態：ブロック")
    expect(chip).to_be_visible()
    picture(page, "builder_applied")
    chip.get_by_role("link", name=re.compile("を外す")).press("Enter")
    page.wait_for_url(lambda url: "blocked" not in url)
    assert total(page) == everybody


def test_days_in_a_group_by_keyboard(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page(stack.console("members/"))
    everybody = total(page)
    page.locator("#filter-open").press("Enter")
    expect(page.locator("#field-1")).to_be_focused()
    page.get_by_role("button", name="グループを追加").press("Enter")
    expect(page.locator("#field-3")).to_be_focused()
    choose(page, "項目", "登録日")
    page.keyboard.press("Tab")
    choose(page, "比べ方", "過去◯日以内")
    page.get_by_label("日数").fill("3650")
    assert settled(page) == everybody
    page.get_by_role("radiogroup", name="つなぎ方").nth(1).get_by_label("除く").check(
        force=True
    )
    assert settled(page) == 0


def test_on_a_phone_a_chip_leads_to_its_row(
    open_page: Callable[..., Page], stack: Stack, axe: Callable[[Page], list[str]]
) -> None:
    page = open_page(stack.console("members/"), width=390, theme="dark")
    page.locator(".filter .chip a.chip-text").first.click()
    page.wait_for_url("**/members/filter/**")
    expect(
        page.get_by_role("checkbox", name="退会・ビジターを除く（友だちは含む）")
    ).to_be_focused()
    assert counted(page) > 0
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "builder_phone")


def test_without_scripts(
    new_context: Callable[..., BrowserContext], stack: Stack, signed_in: dict
) -> None:  # type: ignore[type-arg]
    page = new_context(storage_state=signed_in, java_script_enabled=False).new_page()
    page.goto(stack.console("members/"))
    page.locator("#filter-open").click()
    page.wait_for_url("**/members/filter/**")
    page.locator("#field-1").select_option(label="氏名")
    page.get_by_role("button", name="表示し直す").click()
    page.locator("#value-1").fill("田")
    page.get_by_role("button", name="条件を追加").click()
    expect(page.locator("#value-1")).to_have_value("田")
    page.get_by_role("button", name="この条件で絞り込む").click()
    page.wait_for_url("**/members/?*c=*")
    assert "田" not in page.url and "%E7%94%B0" not in page.url
    expect(page.locator(".filter .chip", has_text="「田」を含む")).to_be_visible()


def paste(page: Page, name: str, count: int) -> int:
    """So many addresses out of the clipboard; returns how many characters."""
    values = "\n".join(f"{name}{n:06}@example.jp" for n in range(count))
    page.evaluate("values => navigator.clipboard.writeText(values)", values)
    page.keyboard.press("Control+v")
    return len(values)


# As a program that fills forms does it.
FILLED = "(text, values) => { text.value = values; text.dispatchEvent(new Event('input', {bubbles: true})) }"


def test_a_long_list_stays_in_the_page_until_it_is_applied(
    new_context: Callable[..., BrowserContext],
    stack: Stack,
    signed_in: dict,  # type: ignore[type-arg]
) -> None:
    """It is longer than what is asked about on every letter; a longer one yet does not even stand in the text area."""
    page = new_context(
        storage_state=signed_in, permissions=["clipboard-read", "clipboard-write"]
    ).new_page()
    page.goto(stack.console("members/"))
    page.locator("#filter-open").click()
    expect(page.locator("#field-1")).to_be_focused()
    choose(page, "項目", "メールアドレス")
    page.locator("#value-1").focus()
    long = paste(page, "long", 9_000)
    expect(page.locator(".builder-count")).to_have_text("リストは適用時に数えます。")
    page.get_by_role("button", name="条件を追加").click()
    expect(page.locator("#field-2")).to_be_focused()
    assert page.locator("#value-1").evaluate("text => text.value.length") == long
    choose(page, "項目", "顧客番号")
    page.locator("#value-2").focus()
    huge = paste(page, "huge", 150_000)
    more = "\n".join(f"more{n:06}@example.jp" for n in range(20_000))
    page.locator("#value-2").evaluate(FILLED, more)
    assert page.locator("#value-2").input_value() == ""
    assert page.locator("#file-2").evaluate(
        "file => [file.files[0].name, file.files[0].size]"
    ) == [
        "pasted.txt",
        huge + 1 + len(more),
    ]
    page.get_by_role("button", name="この条件で絞り込む").click()
    page.wait_for_url("**/members/?*c=*", timeout=60_000)
    expect(page.locator(".counts")).to_have_count(2)
    expect(page.locator(".counts").nth(0)).to_contain_text("9,000")
    expect(page.locator(".counts").nth(1)).to_contain_text("170,000")
    picture(page, "list_reports")


def test_rows_come_back_after_a_session_that_ended(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    """In the dialog, which the page has not when it comes back; rows that were added, and hidden fields."""
    page = open_page(stack.console("members/"))
    page.locator("#filter-open").click()
    choose(page, "項目", "氏名")
    page.locator("[name=value-1-text]").fill("書きかけ")
    page.context.clear_cookies()
    page.get_by_role("button", name="この条件で絞り込む").click()
    expect(page).to_have_url(re.compile("/login/"))
    page.get_by_label("ログインIDまたはメールアドレス").fill(stack.login)
    page.get_by_label("パスワード", exact=True).fill(stack.password)
    page.get_by_role("button", name="ログイン", exact=True).click()
    expect(page.locator("[name=field-1]")).to_have_value("name")
    expect(page.locator("[name=value-1-text]")).to_have_value("書きかけ")
    expect(page.get_by_text("入力していた内容を戻しました")).to_be_visible()
