"""A form of every kind of question: built by keyboard, answered by keyboard on a phone without a network for a while,
and answered in English without scripts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from forms_builder.public.context import FASTEST_SECONDS
from tests.browser.conftest import Stack, overflow, picture

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
KINDS = (
    "postal_code", "address", "birthday", "text", "long_text", "number", "date", "single", "multiple", "consent",
    "hidden",
)  # fmt: skip
SEND = "main form button.primary"


def go_to(page: Page, selector: str) -> None:
    """Move the focus by the Tab key alone until it stands on what is meant."""
    for _press in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("css => document.activeElement.matches(css)", selector):
            return
    pytest.fail(f"Tab does not lead to {selector}")


def type_into(page: Page, selector: str, text: str) -> None:
    go_to(page, selector)
    page.keyboard.type(text)


def build_form(page: Page) -> str:
    """Add each kind by the keyboard, save, and return the form's page."""
    type_into(page, "[name=name]", "全種類")
    page.get_by_label("フォームの種類").press("ArrowDown")
    page.get_by_label("フォームの種類").select_option("other")
    type_into(page, "[name=title]", "すべての質問")
    rows = page.locator("[data-questions] > li")
    for count, kind in enumerate(KINDS, 4):
        page.locator(f'button[value="add:{kind}"]').press("Enter")
        expect(rows).to_have_count(count)
    for place in (KINDS.index("single"), KINDS.index("multiple")):
        rows.nth(3 + place).get_by_label("選択肢").fill("朝\n夜")
    page.get_by_label("リンクでの名前").fill("src")
    page.get_by_label("LINEを使わない回答も受け付ける").press("Space")
    page.locator("main .form-actions button").press("Enter")
    page.wait_for_url(re.compile(r"/contents/liff/\w{12}/$"))
    return page.url


def answer_by_keyboard(page: Page) -> None:
    type_into(page, "[name=name]", "全部　花子")
    type_into(page, "[name=phone]", "０９０１２３４７７７７")
    type_into(page, "[name=email]", "zenbu@example.jp")
    type_into(page, "[name=postal_code]", "1000005")
    expect(page.locator("[name=address]")).to_have_value(re.compile("東京都千代田区"))
    go_to(page, "[name=address]")
    page.keyboard.press("End")
    page.keyboard.type("1-1-1")
    type_into(page, "[name=address_building]", "繋ビル")
    type_into(page, "[name=birthday]", "昭和60年11月22日")
    type_into(page, "[name^=text_]", "一言")
    type_into(page, "[name^=long_text_]", "ご意見")
    type_into(page, "[name^=number_]", "３")
    go_to(page, "[name^=date_]")
    # The order of its parts is the machine's own.
    page.locator("[name^=date_]").fill("2026-12-24")
    for name in ("single_", "multiple_", "consent_"):
        go_to(page, f"[name^={name}]")
        page.keyboard.press("Space")


def answer_the_rest(page: Page) -> None:
    """Fill in all but the name and the telephone number."""
    texts = {
        "postal_code": "100-0005", "address": "東京都千代田区1", "birthday": "1985/11/22", "text_": "one line",
        "long_text_": "several", "number_": "3", "date_": "2026-12-24",
    }  # fmt: skip
    for name, text in texts.items():
        page.locator(f"[name^={name}]").first.fill(text)
    for name in ("single_", "multiple_", "consent_"):
        page.locator(f"[name^={name}]").last.check()


def test_built_and_answered_by_keyboard_and_without_scripts(
    open_page: Visit,
    browser: Browser,
    stack: Stack,
    axe: Callable[[Page], list[str]],
) -> None:
    console = open_page(stack.console("contents/liff/add/"))
    form = build_form(console)
    public = f"{stack.web}/p/{stack.shop}/f/{form.rstrip('/').rpartition('/')[2]}/browser/?src=spring"

    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="ja-JP", has_touch=True
    )
    page = context.new_page()
    page.goto(public)
    answer_by_keyboard(page)
    assert (axe(page), overflow(page)) == ([], 0)
    picture(page, "form-every-kind-390-light")
    go_to(page, SEND)
    context.set_offline(True)
    page.keyboard.press("Enter")
    expect(page.get_by_text("通信できません。")).to_be_visible()
    context.set_offline(False)
    page.wait_for_url("**/thanks/**")
    expect(page.get_by_text("090-****-7777")).to_be_visible()
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    context.close()

    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "django_language", "value": "en", "url": stack.web}])
    page = context.new_page()
    page.goto(public)
    page.get_by_label("氏名").fill("Ann Lee")
    page.get_by_label("電話番号").fill("12")
    answer_the_rest(page)
    send = page.get_by_role("button", name="Send", exact=True)
    send.click()
    expect(page.locator("[data-errors]")).to_be_visible()
    expect(page.get_by_label("氏名")).to_have_value("Ann Lee")
    page.get_by_label("電話番号").fill("0312345678")
    page.wait_for_timeout(
        1000 * FASTEST_SECONDS
    )  # what comes at once is taken for a machine
    send.click()
    page.wait_for_url("**/thanks/**")
    expect(page.get_by_role("heading", name="Sent")).to_be_visible()
    context.close()
