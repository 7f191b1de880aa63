"""A list's filters: chosen in the panel, taken off by their chips, at a desk and on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stack, overflow, picture

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1360, 390])
def test_tags_are_narrowed_and_shown_again(
    open_page: Callable[..., Page],
    stack: Stack,
    axe: Callable[[Page], list[str]],
    width: int,
) -> None:
    page = open_page(stack.console("members/tags/"), width)
    rows = page.locator("tbody tr")
    every = rows.count()
    page.get_by_role("searchbox", name="タグ名で検索").fill("連携済み")
    page.get_by_role("searchbox", name="タグ名で検索").press("Enter")
    expect(page.locator(".chips")).to_contain_text("検索：連携済み")
    expect(rows).to_have_count(1)

    page.get_by_text("条件を追加").click()
    page.get_by_label("終了日").fill("2020-01-31")
    picture(page, f"filters-open-{width}")
    assert (axe(page), overflow(page)) == ([], 0)
    page.get_by_role("button", name="絞り込む").click()
    expect(page.locator(".chips")).to_contain_text("作成日：〜2020/01/31")
    expect(page.get_by_text("条件に一致するものはありません。")).to_be_visible()
    picture(page, f"filters-chosen-{width}")
    assert (axe(page), overflow(page)) == ([], 0)

    page.get_by_role("link", name="条件「作成日：〜2020/01/31」を外す").click()
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="すべて解除").click()
    expect(rows).to_have_count(every)


def test_what_cannot_be_read_opens_the_panel(
    open_page: Callable[..., Page], stack: Stack, axe: Callable[[Page], list[str]]
) -> None:
    page = open_page(stack.console("messages/log/?planned_from=x&state=y"), 390)
    expect(page.get_by_text("日付として読み取れません。")).to_be_visible()
    expect(page.get_by_text("選択肢にない値です。")).to_be_visible()
    picture(page, "filters-wrong-390")
    assert (axe(page), overflow(page)) == ([], 0)
