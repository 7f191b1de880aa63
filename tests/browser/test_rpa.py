"""RPA設定: the search conditions by mouse and by keys, tried out and saved; a request from its entry to a person."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stack, picture

pytestmark = pytest.mark.browser


def list_numbers(page: Page) -> list[str]:
    """The number that stands beside each row: 第1条件 …, "none" where the row is not ticked."""
    return page.locator(".condition-number").evaluate_all(
        "all => all.map(e => getComputedStyle(e, '::before').content)"
    )


def drag_to_top(page: Page, name: str) -> None:
    row = page.locator(".conditions li", has_text=name)
    handle = row.locator(".drag").bounding_box()
    first = page.locator(".conditions li").first.bounding_box()
    assert handle and first
    page.mouse.move(handle["x"] + 8, handle["y"] + 8)
    page.mouse.down()
    page.mouse.move(first["x"] + 20, first["y"] + 4, steps=5)
    page.mouse.up()


def test_search_conditions_by_mouse_and_keys(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page(stack.console("rpa/settings/"))
    names = page.locator(".conditions [data-name]")
    assert names.all_text_contents() == ["メールアドレス", "電話番号", "氏名"]
    page.get_by_role("checkbox", name="電話番号").check()
    drag_to_top(page, "電話番号")
    assert names.all_text_contents() == ["電話番号", "メールアドレス", "氏名"]
    assert [text.count("counter") for text in list_numbers(page)][:2] == [1, 1]
    up = page.get_by_role("button", name="「氏名」を上へ")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="移動しました")).to_contain_text(
        "「氏名」を2番目に移動しました。"
    )
    expect(up).to_be_focused()
    page.get_by_role("button", name="この条件で試す").click()
    result = page.get_by_role("region", name="試した結果")
    expect(result.get_by_role("rowheader").first).to_have_text("第1条件 電話番号")
    picture(page, "rpa_simulation")
    assert names.all_text_contents() == ["電話番号", "氏名", "メールアドレス"]

    # The name alone is refused, with what was chosen still there.
    page.get_by_role("checkbox", name="電話番号").uncheck()
    page.get_by_role("checkbox", name="メールアドレス").uncheck()
    page.get_by_role("checkbox", name="氏名").check()
    page.get_by_role("button", name="保存する", exact=True).click()
    expect(page.get_by_text("「氏名」だけでは検索できません。").first).to_be_visible()
    assert names.all_text_contents() == ["電話番号", "氏名", "メールアドレス"]
    page.get_by_role("checkbox", name="氏名").uncheck()
    page.get_by_role("checkbox", name="メールアドレス").check()
    page.get_by_role("button", name="保存する", exact=True).click()
    expect(page.get_by_text("検索条件設定を保存しました。")).to_be_visible()
    expect(page.get_by_role("checkbox", name="メールアドレス")).to_be_checked()
    picture(page, "rpa_settings")


def test_a_request_of_somebody_unknown_goes_to_a_person(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page(stack.console("rpa/requests/"))
    page.get_by_role("link", name="申請を追加").click()
    page.get_by_label("メールアドレス").fill("nobody@example.jp")
    page.get_by_role("button", name="申請を受け付ける").click()
    expect(
        page.get_by_text("申請を受け付けました。カートで検索します。")
    ).to_be_visible()
    shown = page.locator(
        ".alert-title", has_text="カートに該当する顧客が見つかりません。"
    )
    while not shown.count():
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator(".timeline")).to_contain_text("n***@example.jp")
    picture(page, "rpa_request")
    page.get_by_label("対応しない").check()
    page.get_by_role("button", name="申請を終える").click()
    expect(page.get_by_text("申請を終えました。")).to_be_visible()
    page.goto(stack.console("rpa/requests/?view=ended"))
    expect(page.get_by_role("row").filter(has_text="対応停止")).to_have_count(1)
    picture(page, "rpa_requests")
