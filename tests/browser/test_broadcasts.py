"""A message of bubbles goes from the member list to the phones of those who were selected."""

import io
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stack, overflow, picture

pytestmark = pytest.mark.browser
TITLE = "試しの配信"


def make_picture() -> dict[str, object]:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "#c0562e").save(out, "JPEG")
    return {"name": "autumn.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_from_the_list_to_the_phone(
    open_page: Callable[..., Page], stack: Stack, axe: Callable[[Page], list[str]]
) -> None:
    page = open_page(stack.console("members/"))
    for row in range(3):
        page.locator("tbody input[type=checkbox]").nth(row).check()
    page.get_by_role("button", name="メッセージを送る").click()
    expect(page.get_by_label("配信名")).to_have_value("会員リストで選択した3名")
    page.get_by_label("配信名").fill(TITLE)
    page.get_by_role("textbox", name="本文 ※必須", exact=True).fill(
        "{name|お客様}様、秋です"
    )
    page.get_by_role("button", name="画像", exact=True).click()
    page.get_by_label("画像ファイル").set_input_files(make_picture())  # type: ignore[arg-type]
    page.get_by_role("button", name="ボタン", exact=True).click()
    page.get_by_label("文章").fill("新しい香りです")
    page.locator("[name=b1c0-label0]").fill("くわしく見る")
    page.locator("[name=b1c0-value0]").fill(stack.cart)
    phone = page.get_by_role("group", name="届いたときの見え方")
    expect(phone).to_contain_text("様、秋です")
    expect(phone.locator("img")).to_have_count(1)
    expect(phone).to_contain_text("くわしく見る")
    assert axe(page) == [] and overflow(page) == 0
    picture(page, "broadcast-editor")
    page.get_by_role("button", name="保存して宛先を確かめる").click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("LINEの送信数を")
    assert axe(page) == [] and overflow(page) == 0
    page.get_by_role("button", name="この内容で配信する").click()
    expect(page.locator(".toast")).to_contain_text("配信を受け付けました。")
    waiting = page.locator(".share-list li", has_text="待機").get_by_role("link")
    for _try in range(60):
        if waiting.count() and waiting.inner_text() == "0":
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(waiting).to_have_text("0")
    sent = page.locator(".tile", has_text="宛先").get_by_role("link")
    expect(sent).to_have_text("3")
    assert axe(page) == [] and overflow(page) == 0
    picture(page, "broadcast-results")


def test_the_pages_on_a_phone_and_in_the_dark(
    open_page: Callable[..., Page], stack: Stack, axe: Callable[[Page], list[str]]
) -> None:
    for path in (
        "messages/broadcasts/",
        "messages/broadcasts/new/",
        "messages/templates/",
    ):
        for width, theme in ((390, "light"), (1360, "dark")):
            page = open_page(stack.console(path), width=width, theme=theme)
            assert (path, width, axe(page), overflow(page)) == (path, width, [], 0)
