"""保存した条件: saved from the list, recalled, changed, overwritten, put in order by keys, shared, deleted."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Stack, picture

pytestmark = pytest.mark.browser


def current_tab(page: Page) -> Locator:
    return page.locator(".tab[aria-current]")


def save_as(page: Page, name: str) -> None:
    page.get_by_role("link", name="条件を保存", exact=True).click()
    dialog = page.get_by_role("dialog", name="条件の保存")
    dialog.get_by_label("条件名").fill(name)
    dialog.get_by_role("button", name="保存する").click()
    expect(current_tab(page)).to_contain_text(name)


def test_a_saved_condition_from_end_to_end(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page(stack.console("members/segments/"))
    for sample in ("友だちだが未回答", "連携済みだがブロック"):
        page.goto(stack.console("members/segments/"))
        page.locator(".samples").get_by_role("link", name=sample).click()
        save_as(page, f"{sample}（試験）")

    # Recalled by its name, with its count, while another page of the list is shown.
    page.goto(stack.console("members/"))
    page.locator("summary", has_text="検索条件の呼び出し").click()
    entry = page.locator(".drop[open] .saved-item", has_text="友だちだが未回答（試験）")
    expect(entry.locator(".saved-count")).to_have_text(re.compile(r"\d+名"))
    entry.click()
    expect(current_tab(page)).to_contain_text("友だちだが未回答（試験）")
    expect(page.locator("summary", has_text="変更あり")).to_have_count(0)

    # Changed, and overwritten after a question.
    page.get_by_role("link", name="条件「LINEの状態：友だち」を外す").click()
    page.locator("summary", has_text="変更あり").click()
    page.get_by_role("link", name="上書き保存").click()
    asked = page.get_by_role("dialog", name="条件の上書き")
    expect(asked).to_contain_text("新しい条件：")
    asked.get_by_role("button", name="上書き保存").click()
    expect(page.get_by_text("を上書きしました。")).to_be_visible()
    expect(page.locator("summary", has_text="変更あり")).to_have_count(0)

    watch_daily(page, stack)
    put_in_order_by_keys(page, stack)
    share_and_delete(page, stack)


def watch_daily(page: Page, stack: Stack) -> None:
    page.goto(stack.console("members/segments/"))
    row = page.get_by_role("row").filter(has_text="連携済みだがブロック（試験）")
    row.get_by_role("link", name="編集").click()
    page.get_by_label("参加・離脱を毎日記録する").check()
    picture(page, "segment_edit")
    page.get_by_role("button", name="保存する").click()
    row.get_by_role("link", name="詳細").click()
    expect(page.get_by_text("毎日0時すぎに記録します。")).to_be_visible()
    picture(page, "segment_watched")
    page.get_by_role("link", name="+0名").click()
    expect(page.get_by_role("heading", name="加わった会員はいません")).to_be_visible()
    picture(page, "segment_joined")


def put_in_order_by_keys(page: Page, stack: Stack) -> None:
    page.goto(stack.console("members/segments/order/"))
    names = page.locator(".order-list [data-name]")
    before = names.all_text_contents()
    up = page.get_by_role("button", name=f"「{before[-1]}」を上へ")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="移動しました")).to_contain_text(
        f"「{before[-1]}」を{len(before) - 1}番目に移動しました。"
    )
    expect(up).to_be_focused()
    assert names.all_text_contents() == [*before[:-2], before[-1], before[-2]]

    # Dragged to the top, and taken back with Esc.
    handle = page.locator(".order-list .drag").last.bounding_box()
    first = page.locator(".order-list li").first.bounding_box()
    assert handle and first
    page.mouse.move(handle["x"] + 8, handle["y"] + 8)
    page.mouse.down()
    page.mouse.move(first["x"] + 20, first["y"] + 4, steps=5)
    assert names.first.text_content() == before[-2]
    page.keyboard.press("Escape")
    page.mouse.up()
    assert names.all_text_contents() == [*before[:-2], before[-1], before[-2]]

    page.get_by_role("button", name="並び順を保存").click()
    expect(page.get_by_text("並び順を保存しました。")).to_be_visible()
    saved = page.locator(
        "section", has=page.get_by_role("heading", name="個人用")
    ).locator(".at-title")
    assert [name.strip() for name in saved.all_text_contents()] == [
        *before[:-2],
        before[-1],
        before[-2],
    ]


def share_and_delete(page: Page, stack: Stack) -> None:
    for name in ("友だちだが未回答（試験）", "連携済みだがブロック（試験）"):
        page.goto(stack.console("members/segments/"))
        page.get_by_role("link", name=f"編集 {name}").click()
        page.get_by_label("保存先").select_option(label="販促チーム")
        page.get_by_role("button", name="保存する").click()
        shared = page.locator(
            "section", has=page.get_by_role("heading", name="販促チーム")
        )
        expect(shared.get_by_role("link", name=name, exact=True)).to_be_visible()
        page.get_by_role("link", name=f"削除 {name}").click()
        expect(
            page.get_by_text(
                "グループ「販促チーム」のオペレーター全員が使えなくなります。"
            )
        ).to_be_visible()
        page.get_by_role("button", name="削除").click()
        expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)
