"""A cart that nobody has built a connector for: set up on the screen alone, until its customers are linked."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Stack, overflow, picture
from tests.browser.test_loop import until

pytestmark = pytest.mark.browser
# What the reference of the demo shop's second API says (/second/), typed as a person would. Its 10,000 orders are left
# out: reading them takes the longest, and tests/cartsync/screens/test_generic.py reads some.
TYPED = {
    "カート名": "別のカート",
    "認証ヘッダー名": "X-Shop-Key",
    "値の前に付ける言葉": "",
    "APIトークン": "demo-token",
    "顧客のパス": "/v1/members",
    "顧客の項目": "external_id = memberNo\nnumber = code\nname = sei + mei\nkana = kana\nemail = contact.mail\n"
    "phone = contact.tel\nstate = status\npoints = balance.points\nchanged_at = lastUpdate",
    "定期のパス": "/v1/contracts",
    "定期の項目": "external_id = contractNo\ncustomer_id = memberNo\nproduct = title\nstate = phase\n"
    "times = round\nnext_at = nextDay\nchanged_at = lastUpdate",
    "行の入っている場所": "result.list",
    "件数の入っている場所": "result.count",
    "ページ送りのパラメータ名": "after",
    "次のページの印の場所": "result.next",
    "更新日時（から）のパラメータ名": "from",
    "更新日時（まで）のパラメータ名": "to",
}


def find_field(page: Page, label: str) -> Locator:
    """Return the field of this label, whose mark says besides whether it must be filled in."""
    return page.get_by_label(re.compile(rf"^\s*{re.escape(label)}(\s|※|$)"))


def read_run(page: Page) -> list[int]:
    """Return the numbers of the newest run: customers, orders, subscriptions, new links."""
    cells = page.locator("tbody tr").first.locator("td.num")
    return [
        int(cells.nth(place).inner_text().split()[-1].replace(",", ""))
        for place in range(4)
    ]


def add_cart(page: Page, stack: Stack) -> int:
    """Choose the kind, type what the reference says, try it out and save; return how many customers it says to have."""
    page.goto(stack.console("carts/"))
    page.get_by_role("link", name="カートを追加").first.click()
    page.get_by_role("link", name="その他のカート（REST API）").click()
    for label, value in {**TYPED, "接続先URL": f"{stack.cart}/second"}.items():
        find_field(page, label).fill(value)
    find_field(page, "ページ送り").select_option("cursor")
    page.locator("input[name=match_key][value=phone]").check(force=True)
    page.get_by_role("button", name="接続を確認").click()
    said = page.get_by_role("status").filter(has_text="接続できました。")
    expect(said).to_contain_text("最初の顧客の読み取り結果：ID:")
    found = re.search(r"顧客は([\d,]+)件", said.inner_text())
    assert found and overflow(page) == 0
    picture(page, "any_cart_checked")
    find_field(page, "APIトークン").fill("demo-token")
    page.get_by_role("button", name="保存する").click()
    page.wait_for_url(re.compile(r"/carts/\w+/$"))
    return int(found[1].replace(",", ""))


def test_another_cart_is_set_up_on_screen_until_its_customers_are_linked(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page(stack.console("carts/"))
    counted = add_cart(page, stack)
    cart = page.url

    def is_read() -> bool:
        page.goto(f"{cart}runs/")
        return page.locator("tbody tr").filter(has_text="成功").count() == 1

    until(page, is_read)
    customers, orders, subscriptions, linked = read_run(page)
    assert (customers, orders) == (counted, 0)
    assert subscriptions > 300  # several pages
    assert linked > 20
    page.goto(cart)
    expect(page.get_by_text(f"{linked:,}名", exact=True).first).to_be_visible()
    picture(page, "any_cart_read")
    page.get_by_role("button", name="無効にする").click()
    expect(page.get_by_text("連携オフ", exact=True).first).to_be_visible()
