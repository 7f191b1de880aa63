"""The mail that the console sends can be read beside it, and its link works."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stack

pytestmark = pytest.mark.browser


def test_a_forgotten_password_is_reissued_by_mail(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page("/login/", anonymous=True)
    page.get_by_role("link", name="パスワードを忘れた方").click()
    page.get_by_label("メールアドレス").fill("demo-staff@example.jp")
    page.locator(
        "main form button[type=submit], form[action*=reset] button[type=submit]"
    ).first.click()
    page.wait_for_url("**/password/reset/done/")
    mails = page.get_by_test_id("mail").filter(has_text="demo-staff@example.jp")
    mail = mails.filter(has_text="パスワード").first
    for _second in range(30):  # a worker sends it; the page of mails does not reload
        page.goto(f"{stack.line}/mail/")
        if mail.count():
            break
        page.wait_for_timeout(1000)
    expect(mail).to_contain_text("demo-staff@example.jp")
    page.goto(mail.get_by_role("link").first.get_attribute("href") or "")
    page.wait_for_url(re.compile(r"/password/reset/key/"))
    expect(page.locator("input[type=password]").first).to_be_visible()
