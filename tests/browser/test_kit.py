"""The style guide and the login in a real browser: every theme, both widths, keyboard, policy, no scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Stack, overflow, picture

pytestmark = pytest.mark.browser
PAGES = (
    "/styleguide/",
    "/styleguide/phone/",
    "/login/",
    "/password/reset/",
    "/no-such-page/",
)


@pytest.mark.parametrize(
    ("width", "theme"), [(1360, "light"), (768, "dark"), (390, "dark")]
)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_the_kit(
    path: str, theme: str, width: int, stack: Stack, new_context, axe, watched
) -> None:
    page = new_context(width, theme).new_page()
    page.goto(f"{stack.web}{path}")
    assert axe(page) == []
    assert overflow(page) == 0
    # The browser reports the page that is missing on purpose.
    watched.complaints[:] = [
        line
        for line in watched.complaints
        if "404" not in line or "no-such" not in line
    ]
    picture(page, f"kit{path.replace('/', '-')}{theme}-{width}")


@pytest.fixture
def guide(
    stack: Stack, new_context: Callable[..., BrowserContext]
) -> Callable[..., Page]:
    def visit(width: int = 1360, **options: object) -> Page:
        page = new_context(width, "light", **options).new_page()
        page.goto(f"{stack.web}/styleguide/")
        return page

    return visit


@pytest.mark.parametrize("width", [1360, 390])
def test_ticking_rows(guide: Callable[..., Page], width: int) -> None:
    page = guide(width)
    bar = page.get_by_role("region", name="選択した行への操作")
    boxes = page.locator("#list .row-check")
    expect(bar).to_be_hidden()
    boxes.first.check()
    expect(bar).to_contain_text("会員1名を選択しています。")
    boxes.nth(3).click(modifiers=["Shift"])
    expect(bar).to_contain_text("会員4名を選択しています。")
    if width > 400:
        assert (
            page.locator("[data-check-all]").evaluate("box => box.indeterminate")
            is True
        )
        page.get_by_label("このページをすべて選択").check()
    else:
        page.get_by_role("button", name="このページをすべて選択").click()
    expect(bar).to_contain_text("このページの会員8名すべてが選択されています。")
    page.get_by_label("一覧の会員1,204名すべてを選択").check(force=True)
    expect(bar).to_contain_text("一覧の会員1,204名すべてが選択されています。")
    sent = page.evaluate(
        "Object.fromEntries(new FormData(document.querySelector('#list .list > form')))"
    )
    assert sent["scope"] == "all"
    page.get_by_label("選択解除").uncheck(force=True)
    expect(bar).to_be_hidden()


def test_dialogs_and_keys(guide: Callable[..., Page]) -> None:
    page = guide()
    opener = page.get_by_role("link", name="確認の画面を開く")
    opener.click()
    dialog = page.get_by_role("dialog", name="会員の削除")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="キャンセル")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    expect(page.locator("#filter-search")).to_be_focused()
    page.keyboard.type("?/")
    expect(page.locator("#filter-search")).to_have_value("?/")
    page.keyboard.press("Tab")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="キーボードの操作")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#list .row-check").nth(1)).to_be_checked()


def test_a_panel_closes_with_escape_and_gives_the_focus_back(
    guide: Callable[..., Page],
) -> None:
    page = guide()
    summary = page.locator("summary", has_text="その他の操作")
    summary.click()
    expect(page.get_by_role("link", name="複製する")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="複製する")).to_be_hidden()
    expect(summary).to_be_focused()


def test_the_error_summary_has_the_focus_and_leads_to_the_field(
    guide: Callable[..., Page],
) -> None:
    page = guide()
    expect(page.locator("[data-errors]")).to_be_focused()
    page.get_by_role("link", name="電話番号が10桁です。").click()
    expect(page.locator("#id_broken_phone")).to_be_focused()


def test_the_theme_changes_at_once_and_stays(guide: Callable[..., Page]) -> None:
    page = guide()
    page.locator(".me summary").click()
    with page.expect_response("**/preferences/"):
        page.get_by_label("ダーク").check(force=True)
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_page_works_without_scripts(guide: Callable[..., Page]) -> None:
    page = guide(java_script_enabled=False)
    expect(page.get_by_role("button", name="コピー")).to_be_hidden()
    page.locator("#list .row-check").first.check()
    expect(page.get_by_role("region", name="選択した行への操作")).to_be_visible()
    page.locator(".me summary").click()
    page.get_by_label("ダーク").check(force=True)
    page.get_by_role("button", name="表示を変更").click()
    page.wait_for_load_state()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.goto(page.url)
    page.locator("summary", has_text="その他の操作").click()
    expect(page.get_by_role("link", name="複製する")).to_be_visible()


def test_the_menu_is_a_drawer_on_phones(guide: Callable[..., Page]) -> None:
    page = guide(390)
    drawer = page.get_by_role("navigation", name="メニュー（画面の端から開く）")
    expect(drawer).to_be_hidden()
    page.get_by_label("メニューを開く").click()
    expect(drawer.get_by_role("link", name="会員リスト")).to_be_visible()
    page.get_by_role("button", name="メニューを閉じる").click()
    expect(drawer).to_be_hidden()


def test_targets_are_large_enough_on_phones(guide: Callable[..., Page]) -> None:
    page = guide(390)
    small = page.evaluate(
        """() => [...document.querySelectorAll('#list :is(a, button, summary, .check label), .header :is(a, summary)')]
            .map((e) => [e, e.getBoundingClientRect()])
            .filter(([e, box]) => box.width && (box.height < 24 || box.width < 24) && !e.closest('.crumbs, .at-title'))
            .map(([e, box]) => `${e.className} ${box.width}×${box.height}`)"""
    )
    assert small == []


def test_more_contrast_and_less_motion(guide: Callable[..., Page]) -> None:
    page = guide(forced_colors="active", reduced_motion="reduce")
    assert overflow(page) == 0
    assert (
        page.locator(".badge.busy").first.evaluate(
            "b => getComputedStyle(b, '::before').animationDuration"
        )
        == "0.001s"
    )
    assert (
        page.locator(".button.primary").first.evaluate(
            "b => getComputedStyle(b).borderTopWidth"
        )
        == "1px"
    )
    picture(page, "kit-styleguide-forced-colors")
