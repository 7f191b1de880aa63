"""A customer answers the identity form in LINE, as far as it can be seen from outside."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Stack, overflow, picture

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


@pytest.fixture
def form_url(open_page: Visit, stack: Stack) -> str:
    """呼び出しURL, as an operator copies it."""
    page = open_page(stack.console("contents/liff/"))
    row = page.get_by_role("row").filter(has_text="本人確認フォーム")
    return row.locator(".copy input").first.input_value()


@pytest.fixture
def short_url(form_url: str, stack: Stack) -> str:
    return f"{stack.web}/p/{stack.shop}/f/{form_url.rstrip('/').rpartition('/')[2]}/"


def pick_up(page: Page, stack: Stack, name: str) -> None:
    """A new phone in the hands of ``name``; from here on the browser is that person's."""
    page.goto(f"{stack.line}/phone/")
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=name]").press("Enter")
    page.wait_for_url(re.compile(r"/phone/U\w+/"))


def test_answering_in_line(
    new_context: Callable[..., BrowserContext], stack: Stack, form_url: str
) -> None:
    page = new_context(390).new_page()
    pick_up(page, stack, "はなこ")
    page.goto(form_url)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("[data-errors]")).to_be_focused()
    page.locator("[data-errors] a").first.click()
    expect(page.get_by_label("お名前")).to_be_focused()
    page.get_by_label("お名前").fill("山田　花子")
    phone = page.get_by_label("電話番号")
    phone.fill("０９０－１２３４－９８７６")
    phone.blur()
    expect(phone).to_have_value("090-1234-9876")
    page.get_by_label("メールアドレス").fill("hanako@gmial.com")
    page.get_by_role("button", name="送信する").click()
    expect(page.get_by_text("090-1234-9876 として受け付けます。")).to_be_visible()
    page.get_by_role("button", name="hanako@gmail.com に直して送信する").click()
    page.wait_for_url("**/thanks/**")
    # LINE's own sheet, over our page.
    page.get_by_role("button", name="公式アカウントを友だち追加").click()
    expect(page.get_by_text("友だちになりました。")).to_be_visible()
    expect(page.get_by_text("090-****-9876")).to_be_visible()
    expect(page.get_by_text("ha***@gmail.com")).to_be_visible()
    expect(
        page.get_by_role("status").filter(
            has_text=re.compile("確認中です|見つかりませんでした")
        )
    ).to_be_visible()
    assert (
        "9876" not in page.url
        and page.evaluate("Object.keys(localStorage).length") == 0
    )

    page.goto(form_url)
    expect(page.get_by_text("山***")).to_be_visible()
    expect(page.get_by_text("090-****-9876")).to_be_visible()
    name = page.locator("details.kept").first
    name.get_by_text("変更する").click()
    expect(page.get_by_label("新しいお名前")).to_be_focused()


def test_the_operator_sees_the_answer_on_the_members_page(
    new_context: Callable[..., BrowserContext],
    open_page: Visit,
    stack: Stack,
    form_url: str,
) -> None:
    page = new_context(390).new_page()
    pick_up(page, stack, "つばめ")
    page.goto(form_url)
    page.get_by_label("お名前").fill("燕　小雪")
    page.get_by_label("電話番号").fill("０３−１２３４−５６７８")
    page.get_by_role("button", name="送信する").click()
    page.wait_for_url("**/thanks/**")
    console = open_page(
        stack.console(
            f"contents/liff/{form_url.rstrip('/').rpartition('/')[2]}/answers/"
        )
    )
    console.get_by_role("link", name="燕 小雪").first.click()
    console.get_by_role("main").get_by_role("link", name="フォーム回答").click()
    panel = console.get_by_role("region", name="フォーム回答")
    expect(panel).to_contain_text("燕 小雪")
    picture(console, "member-form-answers-1360-light")


def test_an_expired_page_keeps_what_was_typed_and_goes_on(
    browser: Browser, stack: Stack, form_url: str
) -> None:
    context = browser.new_context(locale="ja-JP")
    page = context.new_page()
    pick_up(page, stack, "たろう")
    page.goto(form_url)
    page.get_by_label("お名前").fill("山田　太郎")
    page.get_by_label("電話番号").fill("090-1234-5555")
    page.locator("input[name=ticket]").evaluate("input => { input.value = 'too old'; }")
    page.get_by_role("button", name="送信する").click()
    expect(page.get_by_text("ページの有効期限が切れました")).to_be_visible()
    expect(
        page.get_by_text("準備ができましたので、もう一度送信してください。")
    ).to_be_visible()
    expect(page.get_by_label("お名前")).to_have_value("山田　太郎")
    page.get_by_role("button", name="送信する").click()
    page.wait_for_url("**/thanks/**")
    expect(page.get_by_text("090-****-5555")).to_be_visible()
    context.close()


def test_outside_line_the_browser_is_asked_to_log_in(
    browser: Browser, stack: Stack, short_url: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(short_url)
    page.wait_for_url(f"{stack.line}/liff/who**")
    context.close()


def test_without_scripts_the_page_says_what_to_do(
    browser: Browser, short_url: str, form_url: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(short_url)
    expect(
        page.get_by_role("heading", name="LINEアプリで開いてください")
    ).to_be_visible()
    expect(page.get_by_role("link", name="LINEで開く")).to_have_attribute(
        "href", form_url
    )
    context.close()


@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (1360, "dark")])
def test_the_forms_look_right(
    browser: Browser,
    stack: Stack,
    form_url: str,
    axe: Callable[[Page], list[str]],
    width: int,
    theme: str,
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme=theme, locale="ja-JP"
    )
    page = context.new_page()
    pick_up(page, stack, "みほん")
    page.goto(form_url)
    page.wait_for_selector("form[data-answer]")
    looked_at(page, axe, f"form-open-{width}-{theme}")
    page.get_by_label("電話番号").fill("12")
    page.get_by_role("button", name="送信する").click()
    page.wait_for_selector("[data-errors]")
    looked_at(page, axe, f"form-errors-{width}-{theme}")
    page.get_by_label("お名前").fill("見本　花子")
    page.get_by_label("電話番号").fill("09012340000")
    page.get_by_role("button", name="送信する").click()
    page.wait_for_url("**/thanks/**")
    page.get_by_role("button", name="閉じる").click()
    looked_at(page, axe, f"form-thanks-{width}-{theme}")
    context.close()


@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (1360, "dark")])
def test_the_console_pages_look_right(
    open_page: Visit,
    stack: Stack,
    form_url: str,
    axe: Callable[[Page], list[str]],
    width: int,
    theme: str,
) -> None:
    base = stack.console(f"contents/liff/{form_url.rstrip('/').rpartition('/')[2]}/")
    pages = {
        "forms": stack.console("contents/liff/"),
        "form": base,
        "form-edit": f"{base}edit/",
        "form-answers": f"{base}answers/",
    }
    for name, address in pages.items():
        looked_at(open_page(address, width, theme), axe, f"{name}-{width}-{theme}")


def test_the_preview_follows_what_is_typed(open_page: Visit, stack: Stack) -> None:
    page = open_page(stack.console("contents/liff/add/"))
    preview = page.locator("#preview")
    page.get_by_label("タイトル").fill("電話番号の再入力")
    expect(preview.locator(".preview-title")).to_have_text("電話番号の再入力")
    page.get_by_role("button", name="2番目を上へ").click()
    expect(page.get_by_role("button", name="1番目を下へ")).to_be_focused()
    expect(page.get_by_label("タイトル")).to_have_value("電話番号の再入力")
    expect(preview.locator(".field-label").first).to_contain_text("電話番号")


def looked_at(page: Page, axe: Callable[[Page], list[str]], name: str) -> None:
    picture(page, name)
    assert overflow(page) == 0
    assert axe(page) == []


def test_going_back_from_the_thanks_shows_the_form_and_not_an_error_of_the_browser(
    new_context: Callable[..., BrowserContext], stack: Stack, form_url: str
) -> None:
    page = new_context(390).new_page()
    pick_up(page, stack, "もどる")
    page.goto(form_url)
    page.get_by_label("お名前").fill("戻　花子")
    page.get_by_label("電話番号").fill("12")
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("[data-errors]")).to_be_focused()
    page.get_by_label("電話番号").fill("090-1234-4321")
    page.get_by_role("button", name="送信する").click()
    page.wait_for_url("**/thanks/**")
    page.go_back()
    expect(page.get_by_role("heading", name="ご本人確認")).to_be_visible()
