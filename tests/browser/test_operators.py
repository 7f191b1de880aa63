"""An operator is invited with a code and joins; a seat without 個人情報の表示 sees no customer's name."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stack
from tests.browser.test_pages import unfit

pytestmark = pytest.mark.browser
Axe = Callable[[Page], list[str]]
PASSWORD = "brand new horse battery"
LOOKS = ((1280, "light"), (390, "dark"))


def test_invited_and_joined(
    open_page: Callable[..., Page], stack: Stack, axe: Axe
) -> None:
    page = open_page(stack.console("settings/operators/new/"))
    page.get_by_label("氏名").fill("新人 花")
    page.get_by_label("閲覧のみ").check()
    page.get_by_role("button", name="招待する").click()
    link = page.get_by_role("textbox", name="URL").input_value()
    assert axe(page) + unfit(page, "operator_code") == []
    visitor = open_page(link, 390, "dark", anonymous=True)
    expect(visitor).to_have_url(re.compile("/join/accept/$"))
    assert axe(visitor) + unfit(visitor, "join_390_dark") == []
    visitor.get_by_label("ログインID").fill("hana")
    visitor.get_by_label("新しいパスワード（12文字以上）").fill(PASSWORD)
    visitor.get_by_label("新しいパスワード（確認）").fill(PASSWORD)
    visitor.get_by_role("button", name="参加する").click()
    visitor.get_by_label("ログインIDまたはメールアドレス").fill("hana")
    visitor.get_by_label("パスワード", exact=True).fill(PASSWORD)
    visitor.get_by_role("button", name="ログイン", exact=True).click()
    expect(visitor.get_by_role("heading", name="今日やること")).to_be_visible()
    visitor.goto(stack.console("members/"))
    expect(visitor.locator("main")).to_contain_text("***")
    unfit(visitor, "members_masked_390_dark")


@pytest.mark.parametrize(("width", "theme"), LOOKS)
@pytest.mark.parametrize(
    "path", ["settings/operators/", "settings/operators/new/", "settings/audit/"]
)
def test_the_pages_fit(
    open_page: Callable[..., Page],
    stack: Stack,
    axe: Axe,
    path: str,
    width: int,
    theme: str,
) -> None:
    page = open_page(stack.console(path), width, theme)
    name = re.sub(r"\W+", "_", path).strip("_")
    assert axe(page) + unfit(page, f"{name}_{width}_{theme}") == []
