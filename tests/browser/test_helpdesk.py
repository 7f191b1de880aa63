"""The help desk from set-up to daily work: values, the check by both look-ups, real values, and a login in between."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stack, Watched, picture

pytestmark = pytest.mark.browser


def read_address(page: Page, what: str, email: str) -> str:
    """Return what the help desk opens for a customer's address, by the values that were copied into it."""
    url = page.locator(f"#{what}-url").input_value()
    key = page.locator(f"#{what}-parameter").input_value().partition("=")[0]
    return f"{url}?{urlencode({key: email})}"


def fill_values(page: Page) -> None:
    for name, value in (
        ("test_base", "https://demo.relationapp.jp/#/tickets"),
        ("test_inbox", "#12"),
        ("live_base", "https://sakura.relationapp.jp/"),
        ("live_inbox", "https://sakura.relationapp.jp/#/inboxes/34"),
    ):
        page.locator(f"input[name={name}]").fill(value)
    page.get_by_role("button", name="保存する").click()


@pytest.mark.timeout(90)
def test_the_whole_set_up(
    open_page: Callable[..., Page], stack: Stack, watched: Watched
) -> None:
    page = open_page(stack.console("members/"))
    email = page.locator("tbody").get_by_text("@").first.inner_text().strip()
    page.goto(stack.console("settings/helpdesk/"))
    page.get_by_role("button", name="有効にする").click()
    fill_values(page)
    facts = page.locator("section", has=page.locator("#environment"))
    expect(facts).to_contain_text("https://demo.relationapp.jp/")
    expect(facts).to_contain_text("12")
    # Nothing goes live unchecked.
    page.get_by_role("button", name="本番の値にする").click()
    expect(page.get_by_text("動作確認が済んでいません。")).to_be_visible()
    look_ups = {what: read_address(page, what, email) for what in ("members", "orders")}
    for what, there in (("members", "members/"), ("orders", "carts/orders/")):
        page.goto(look_ups[what])
        page.wait_for_url(f"{stack.console(there)}?s=*")
        assert "@" not in page.url and "%40" not in page.url
        expect(page.locator("main")).to_contain_text(email)
    page.goto(stack.console("settings/helpdesk/"))
    expect(page.get_by_text("届きました", exact=True)).to_have_count(2)
    page.get_by_role("button", name="本番の値にする").click()
    expect(facts).to_contain_text("https://sakura.relationapp.jp/")
    picture(page, "helpdesk_live")
    # Who is not logged in comes there all the same, through the login, which carries no address.
    visitor = open_page(look_ups["members"], anonymous=True)
    assert "/login/" in visitor.url and email not in visitor.url
    log_in(visitor, stack.login, stack.password)
    visitor.wait_for_url(f"{stack.console('members/')}?s=*")
    expect(visitor.locator("main")).to_contain_text(email)
    # An operator of another shop finds no such page, and nothing of whom it was about.
    stranger = open_page(look_ups["orders"], anonymous=True)
    log_in(stranger, stack.neighbour, stack.password)
    expect(stranger.get_by_role("heading", level=1)).to_have_text(
        "ページが見つかりません"
    )
    assert email not in stranger.content() and "%40" not in stranger.url
    (told,) = watched.complaints
    assert "status of 404" in told
    watched.complaints.clear()


def log_in(page: Page, login: str, password: str) -> None:
    page.get_by_label("ログインID").fill(login)
    page.locator("input[type=password]").fill(password)
    page.locator("form[action*=login] button[type=submit]").first.click()
