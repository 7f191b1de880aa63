"""A cart that nobody has built a connector for: set up on the screen alone, until its customer is linked."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Stack, overflow, picture
from tests.browser.test_loop import until

pytestmark = pytest.mark.browser
# Another shop and number each time, so that a stack may be used again; of its own, for the other tests know one cart.
NOW = time.time_ns() // 1_000_000
SLUG = f"other-{NOW % 10**9}"
NUMBER = f"070-{NOW % 10**4:04}-{NOW // 10**4 % 10**4:04}"
# What the reference of the demo shop's second API says (/second/), typed as a person would.
TYPED = {
    "カート名": "別のカート",
    "認証ヘッダー名": "X-Shop-Key",
    "値の前に付ける言葉": "",
    "APIトークン": "demo-token",
    "顧客のパス": "/v1/members",
    "顧客の項目": "external_id = memberNo\nnumber = code\nname = sei + mei\nkana = kana\nemail = contact.mail\n"
    "phone = contact.tel\nstate = status\npoints = balance.points\nchanged_at = lastUpdate",
    "受注のパス": "/v1/purchases",
    "受注の項目": "external_id = slipNo\ncustomer_id = memberNo\nnumber = slipNo\nstate = payment.word\n"
    "total = payment.amount\nproduct = item.title\nsku = item.code\nordered_at = boughtAt\nshipped_at = sentAt\n"
    "changed_at = lastUpdate",
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


def make_shop_with_a_member(page: Page, stack: Stack) -> None:
    """A shop of one member, whom the cart knows by her phone number."""
    page.goto(f"{stack.web}/shops/new/")
    page.get_by_label("ショップ名").fill("別のカートの店")
    page.get_by_label("ショップID").fill(SLUG)
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(f"**/t/{SLUG}/**")
    page.goto(f"{stack.web}/t/{SLUG}/members/new/")
    page.get_by_label("氏名").first.fill("夏野 みどり")
    page.get_by_label("電話番号").first.fill(NUMBER)
    page.get_by_role("button", name="追加する", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("夏野 みどり")


def add_customer(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.cart}/customers/new")
    for name, value in (("name01", "夏野"), ("name02", "みどり"), ("full_tel", NUMBER)):
        page.locator(f"input[name={name}]").fill(value)
    page.locator("input[name=email]").fill(f"midori-{NOW}@example.jp")
    page.get_by_test_id("save").click()
    page.wait_for_url(re.compile(r"/customers/\d+/"))


def read_run(page: Page) -> list[int]:
    """Return the numbers of the newest run: customers, orders, subscriptions, new links."""
    cells = page.locator("tbody tr").first.locator("td.num")
    return [
        int(cells.nth(place).inner_text().split()[-1].replace(",", ""))
        for place in range(4)
    ]


def test_another_cart_is_set_up_on_screen_until_its_customer_is_linked(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page("/account/")
    make_shop_with_a_member(page, stack)
    member = page.url
    add_customer(page, stack)
    page.goto(f"{stack.web}/t/{SLUG}/carts/")
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
    runs = f"{page.url}runs/"

    def is_read() -> bool:
        page.goto(runs)
        return page.locator("tbody tr").filter(has_text="成功").count() == 1

    until(page, is_read)
    customers, orders, subscriptions, linked = read_run(page)
    assert (customers, linked) == (int(found[1].replace(",", "")), 1)
    assert min(orders, subscriptions) > 100  # more than a page of each
    picture(page, "any_cart_read")
    page.goto(member)
    expect(page.get_by_text("連携済み", exact=True).first).to_be_visible()
