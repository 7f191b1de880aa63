"""The login with a second factor in a real browser: an app, a passkey, and who it is asked again on the way."""

import re
import secrets
import time
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Stack
from tests.browser.test_pages import unfit

pytestmark = pytest.mark.browser
Axe = Callable[[Page], list[str]]
OpenPage = Callable[..., Page]
PASSWORD = "brand new horse battery"
STEP = 30


def invite(open_page: OpenPage, stack: Stack, name: str, role: str) -> str:
    """Have a new operator join and return the login, which is nobody else's to stumble over."""
    login = f"{name}-{secrets.token_hex(3)}"
    page = open_page(stack.console("settings/operators/new/"))
    page.get_by_label("氏名").fill(login)
    page.get_by_label(role).check()
    page.get_by_role("button", name="招待する").click()
    link = page.get_by_role("textbox", name="URL").input_value()
    visitor = open_page(link, anonymous=True)
    visitor.get_by_label("ログインID").fill(login)
    visitor.get_by_label("新しいパスワード（12文字以上）").fill(PASSWORD)
    visitor.get_by_label("新しいパスワード（確認）").fill(PASSWORD)
    visitor.get_by_role("button", name="参加する").click()
    expect(visitor).to_have_url(re.compile("/login/$"))
    return login


def type_password(page: Page, login: str) -> None:
    page.get_by_label("ログインIDまたはメールアドレス").fill(login)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()


def confirm(page: Page) -> None:
    page.get_by_label("あなたのログインパスワード").fill(PASSWORD)
    page.get_by_role("button", name="確認して続ける").click()


def log_in(new_page: Page, stack: Stack, login: str, host: str = "") -> Page:
    new_page.goto(f"{host or stack.web}/login/")
    type_password(new_page, login)
    return new_page


def test_an_app_and_its_codes(open_page: OpenPage, stack: Stack, axe: Axe) -> None:
    login = invite(open_page, stack, "appy", "スタッフ")
    page = log_in(open_page("/login/", 390, "dark", anonymous=True), stack, login)
    expect(page).to_have_url(re.compile("/t/demo/"))
    page.goto(f"{stack.web}/account/")
    assert axe(page) + unfit(page, "account_390_dark") == []
    page.get_by_role("link", name="登録", exact=True).click()
    assert axe(page) + unfit(page, "confirm_390_dark") == []
    confirm(page)
    assert axe(page) + unfit(page, "totp_390_dark") == []
    page.get_by_text("QRコードを読み取れないとき").click()
    app = pyotp.TOTP(page.get_by_label("キー").input_value())
    page.get_by_label("認証コード").fill(app.now())
    page.get_by_role("button", name="登録する").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    assert axe(page) + unfit(page, "codes_390_dark") == []
    code = page.locator(".recovery-codes code").first.inner_text()
    page.get_by_role("link", name="保存しました").click()
    other = log_in(open_page("/login/", anonymous=True), stack, login)
    expect(other.get_by_role("heading", name="二段階認証")).to_be_visible()
    assert axe(other) + unfit(other, "code_1360_light") == []
    other.get_by_label("認証コード").fill(code)
    other.get_by_role("button", name="ログイン", exact=True).click()
    expect(other).to_have_url(re.compile("/t/demo/"))
    other.goto(f"{stack.web}/account/")
    assert axe(other) + unfit(other, "account_1360_light") == []
    expect(other.locator(".sessions li")).to_have_count(2)
    page.goto(stack.console("members/new/"))
    page.locator("main [name=name]").fill("書きかけ 花子")
    other.get_by_role("button", name="ほかの端末をすべて終了").click()
    expect(other.locator(".sessions li")).to_have_count(1)
    page.get_by_role("button", name="追加する").click()
    expect(page).to_have_url(re.compile("/login/"))
    type_password(page, login)
    # The next code of the app, too: this one waits for no clock.
    page.get_by_label("認証コード").fill(app.at(time.time() + STEP))
    page.get_by_role("button", name="ログイン", exact=True).click()
    expect(page.locator("main [name=name]")).to_have_value("書きかけ 花子")
    assert page.evaluate("sessionStorage.getItem('typed')") is None


def add_authenticator(context: BrowserContext, page: Page) -> None:
    """Give the browser a device that answers for a person."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def test_a_passkey(
    open_page: OpenPage,
    new_context: Callable[..., BrowserContext],
    stack: Stack,
    axe: Axe,
) -> None:
    login = invite(open_page, stack, "passy", "スタッフ")
    host = stack.web.replace("127.0.0.1", "localhost")  # a passkey needs a name
    context = new_context()
    page = context.new_page()
    add_authenticator(context, page)
    log_in(page, stack, login, host)
    expect(page).to_have_url(re.compile("/t/demo/"))
    page.goto(f"{host}/account/")
    page.get_by_role("link", name="パスキーを追加").click()
    confirm(page)
    assert axe(page) + unfit(page, "passkey_1360_light") == []
    page.get_by_label("パスキーの名前").fill("仕事用パソコン")
    page.get_by_role("button", name="パスキーを登録する").click()
    expect(page.get_by_role("heading", name="リカバリーコード")).to_be_visible()
    page.get_by_role("link", name="保存しました").click()
    expect(page.get_by_role("link", name="仕事用パソコン", exact=True)).to_be_visible()
    context.clear_cookies()
    # By itself, without a password.
    page.goto(f"{host}/login/")
    assert axe(page) + unfit(page, "login_1360_light") == []
    page.get_by_role("button", name="パスキーでログイン").click()
    expect(page).to_have_url(re.compile("/t/demo/"))
    # Again where somebody is asked who they are.
    page.goto(f"{host}/account/confirm/?next=/shops/")
    page.get_by_role("button", name="パスキーで確認").click()
    expect(page).to_have_url(re.compile("/t/demo/"))
    # And after the password.
    context.clear_cookies()
    log_in(page, stack, login, host)
    expect(page.get_by_role("heading", name="二段階認証")).to_be_visible()
    page.get_by_role("button", name="パスキーで確認").click()
    expect(page).to_have_url(re.compile("/t/demo/"))


def test_an_address_of_digits_says_why_it_has_none(
    open_page: OpenPage, stack: Stack
) -> None:
    page = open_page("/login/", anonymous=True)
    page.get_by_role("button", name="パスキーでログイン").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "数字だけのアドレスでは使えません"
    )


def test_what_was_typed_survives_the_question(
    open_page: OpenPage, stack: Stack, axe: Axe
) -> None:
    login = invite(open_page, stack, "askey", "オーナー")
    page = log_in(open_page("/login/", anonymous=True), stack, login)
    expect(page).to_have_url(re.compile("/t/demo/"))
    page.goto(stack.console("messages/accounts/new/"))
    # All but a channel that is a number: the form comes back, and no account is made.
    for name in ("channel_id", "channel_secret", "login_channel_id", "liff_id"):
        page.locator(f"[name={name}]").fill("abc")
    page.get_by_label("アカウント名").fill("確認用")
    page.get_by_role("button", name="保存する").click()
    expect(page.get_by_role("heading", name="本人の確認")).to_be_visible()
    confirm(page)
    expect(page.get_by_label("アカウント名")).to_have_value("確認用")
    expect(page.locator("[name=liff_id]")).to_have_value("abc")
    # And the end of the session.
    page.get_by_label("アカウント名").fill("あとで")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="保存する").click()
    expect(page).to_have_url(re.compile("/login/"))
    type_password(page, login)
    expect(page.get_by_label("アカウント名")).to_have_value("あとで")
    assert page.evaluate("sessionStorage.getItem('typed')") is None


def ask_by_htmx(open_page: OpenPage, stack: Stack) -> Page:
    """Have htmx send the form of a page that asks who it is; return the page with the question on it."""
    login = invite(open_page, stack, "dialoga", "オーナー")
    page = log_in(open_page("/login/", 390, "dark", anonymous=True), stack, login)
    expect(page).to_have_url(re.compile("/t/demo/"))
    page.goto(stack.console("settings/security/"))
    page.locator("main form.stack").evaluate(
        """form => {
            form.setAttribute("hx-post", location.pathname);
            form.setAttribute("hx-target", "#main");
            form.setAttribute("hx-select", "#main");
            form.setAttribute("hx-swap", "outerHTML");
            form.querySelector("[type=submit]").name = "pressed";
            window.htmx.process(form);
        }"""
    )
    page.get_by_label("閲覧のみ").check()
    page.get_by_role("button", name="保存する").click()
    expect(page.get_by_role("dialog", name="本人の確認")).to_be_visible()
    return page


def test_the_dialog_is_for_everybody(
    open_page: OpenPage, stack: Stack, axe: Axe
) -> None:
    page = ask_by_htmx(open_page, stack)
    assert axe(page) + unfit(page, "confirm_dialog_390_dark") == []
    page.get_by_role("button", name="キャンセル").click()
    expect(page.get_by_label("閲覧のみ")).to_be_checked()


def test_htmx_asks_in_a_dialog_and_goes_on(open_page: OpenPage, stack: Stack) -> None:
    page = ask_by_htmx(open_page, stack)
    sent: list[str] = []
    page.on("request", lambda each: sent.append(each.post_data or ""))
    dialog = page.get_by_role("dialog", name="本人の確認")
    expect(page.get_by_label("閲覧のみ")).to_be_checked()
    dialog.get_by_label("あなたのログインパスワード").fill("wrong")
    dialog.get_by_role("button", name="確認して続ける").click()
    expect(dialog).to_contain_text("ログインパスワードが違います")
    dialog.get_by_label("あなたのログインパスワード").fill(PASSWORD)
    dialog.get_by_role("button", name="確認して続ける").click()
    expect(page.get_by_text("保存しました。次の操作から反映されます。")).to_be_visible()
    # The button that was pressed too, although the focus has left it.
    assert [text for text in sent if "roles=" in text and "pressed=" in text] != []
    page.reload()
    expect(page.get_by_label("閲覧のみ")).to_be_checked()
    page.get_by_label("閲覧のみ").uncheck()
    page.get_by_role("button", name="保存する").click()
    expect(page.get_by_text("保存しました。次の操作から反映されます。")).to_be_visible()
    expect(page.get_by_label("閲覧のみ")).not_to_be_checked()


@pytest.mark.parametrize(("width", "theme"), [(1360, "light"), (390, "dark")])
@pytest.mark.parametrize("name", ["security", "operations", "audit/export"])
def test_the_pages_of_the_shop(
    open_page: OpenPage, stack: Stack, axe: Axe, name: str, width: int, theme: str
) -> None:
    page = open_page(stack.console(f"settings/{name}/"), width, theme)
    picture = f"{name.replace('/', '_')}_{width}_{theme}"
    assert axe(page) + unfit(page, picture) == []
