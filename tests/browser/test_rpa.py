"""RPA設定: the search conditions by mouse and by keys, tried out and saved; a request from its entry to a person."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Stack, overflow, picture

pytestmark = pytest.mark.browser


def list_numbers(page: Page) -> list[str]:
    """The number that stands beside each row: 第1条件 …, "none" where the row is not ticked."""
    return page.locator(".condition-number").evaluate_all(
        "all => all.map(e => getComputedStyle(e, '::before').content)"
    )


def drag_to_top(page: Page, name: str) -> None:
    row = page.locator(".conditions li", has_text=name)
    handle = row.locator(".drag").bounding_box()
    first = page.locator(".conditions li").first.bounding_box()
    assert handle and first
    page.mouse.move(handle["x"] + 8, handle["y"] + 8)
    page.mouse.down()
    page.mouse.move(first["x"] + 20, first["y"] + 4, steps=5)
    page.mouse.up()


def test_search_conditions_by_mouse_and_keys(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page(stack.console("rpa/settings/"))
    names = page.locator(".conditions [data-name]")
    assert names.all_text_contents() == ["メールアドレス", "電話番号", "氏名"]
    page.get_by_role("checkbox", name="電話番号").check()
    drag_to_top(page, "電話番号")
    assert names.all_text_contents() == ["電話番号", "メールアドレス", "氏名"]
    assert [text.count("counter") for text in list_numbers(page)][:2] == [1, 1]
    up = page.get_by_role("button", name="「氏名」を上へ")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="移動しました")).to_contain_text(
        "「氏名」を2番目に移動しました。"
    )
    expect(up).to_be_focused()
    page.get_by_role("button", name="この条件で試す").click()
    result = page.get_by_role("region", name="試した結果")
    expect(result.get_by_role("rowheader").first).to_have_text("第1条件 電話番号")
    picture(page, "rpa_simulation")
    assert names.all_text_contents() == ["電話番号", "氏名", "メールアドレス"]

    # The name alone is refused, with what was chosen still there.
    page.get_by_role("checkbox", name="電話番号").uncheck()
    page.get_by_role("checkbox", name="メールアドレス").uncheck()
    page.get_by_role("checkbox", name="氏名").check()
    page.get_by_role("button", name="保存する", exact=True).click()
    expect(page.get_by_text("「氏名」だけでは検索できません。").first).to_be_visible()
    assert names.all_text_contents() == ["電話番号", "氏名", "メールアドレス"]
    page.get_by_role("checkbox", name="氏名").uncheck()
    page.get_by_role("checkbox", name="メールアドレス").check()
    page.get_by_role("button", name="保存する", exact=True).click()
    expect(page.get_by_text("検索条件設定を保存しました。")).to_be_visible()
    expect(page.get_by_role("checkbox", name="メールアドレス")).to_be_checked()
    picture(page, "rpa_settings")


def test_a_request_of_somebody_unknown_goes_to_a_person(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page(stack.console("rpa/requests/"))
    page.get_by_role("link", name="申請を追加").click()
    page.get_by_label("メールアドレス").fill("nobody@example.jp")
    page.get_by_role("button", name="申請を受け付ける").click()
    expect(
        page.get_by_text("申請を受け付けました。カートで検索します。")
    ).to_be_visible()
    shown = page.locator(
        ".alert-title", has_text="カートに該当する顧客が見つかりません。"
    )
    while not shown.count():
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator(".timeline")).to_contain_text("n***@example.jp")
    picture(page, "rpa_request")
    page.get_by_label("対応しない").check()
    page.get_by_role("button", name="申請を終える").click()
    expect(page.get_by_text("申請を終えました。")).to_be_visible()
    page.goto(stack.console("rpa/requests/?view=ended"))
    expect(page.get_by_role("row").filter(has_text="対応停止")).to_have_count(1)
    picture(page, "rpa_requests")


def find_row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has_text=name)


def switch_robot_on(page: Page, stack: Stack) -> None:
    """Use the demo cart's admin site by browser, live; the shop as a whole is live too."""
    page.goto(stack.console("rpa/settings/"))
    find_row(page, "デモカート").get_by_role("link", name="管理画面のログイン").click()
    page.get_by_label("このカートの申請を、管理画面で実行する").check(force=True)
    page.get_by_role("button", name="保存する").click()
    expect(page.get_by_text("管理画面のログインを保存しました。")).to_be_visible()
    page.get_by_role("button", name="ログインを試す").click()
    shown = page.get_by_text("ログインできた日時")
    while not shown.count():
        page.wait_for_timeout(1000)
        page.reload()
    picture(page, "rpa_login")
    page.goto(stack.console("rpa/settings/"))
    find_row(page, "デモカート").get_by_role("button", name="本番にする").click()
    page.get_by_role("button", name="本番にする").click()
    page.get_by_label("解約の前に「お休み」を案内する").check(force=True)
    page.get_by_label("解約の前に「スキップ」を案内する").check(force=True)
    page.get_by_label("ご案内の文").fill(
        "お休みのあいだ、お届けもお支払いもありません。"
    )
    page.get_by_label("お電話での受付").fill("0120-000-000")
    page.get_by_label("電話の受付時間").fill("平日9時〜18時")
    page.get_by_role("button", name="受付の条件を保存").click()
    expect(page.get_by_text("受付の条件を保存しました。")).to_be_visible()
    picture(page, "rpa_rules")


@pytest.mark.timeout(300)
def test_a_customer_cancels_and_the_robot_does_it(
    open_page: Callable[..., Page],
    new_context: Callable[..., BrowserContext],
    stack: Stack,
) -> None:
    page = open_page(stack.console("rpa/settings/"))
    # A customer of the cart with one subscription, of which no delivery is obligatory.
    page.goto(f"{stack.cart}/customers/new")
    for name, value in (
        ("name01", "解約"),
        ("name02", "みどり"),
        ("email", "midori@example.jp"),
    ):
        page.locator(f"input[name={name}]").fill(value)
    page.get_by_test_id("save").click()
    page.get_by_test_id("add-subscription").click()
    subscription = page.url.partition("?")[0]
    page.get_by_role("link", name="解約 みどり").click()
    for _delivery in range(3):
        page.get_by_role("button", name="次の回を発送").click()
    switch_robot_on(page, stack)
    page.goto(stack.console("contents/liff/"))
    page.get_by_role("link", name="解約・お休みの受付").click()
    form_url = page.locator(".copy input").first.input_value()

    phone = new_context(390).new_page()
    phone.goto(f"{stack.line}/phone/")
    phone.get_by_label("LINEの表示名").fill("みどり")
    phone.get_by_role("button", name="電話を作る").click()
    phone.get_by_test_id("follow").click()
    phone.goto(form_url)
    expect(phone.get_by_text("お電話：0120-000-000（平日9時〜18時）")).to_be_visible()
    phone.get_by_label("解約", exact=True).check()
    phone.get_by_label("うるおいコラーゲン 30日分").check()
    phone.get_by_label("メールアドレス").fill("midori@example.jp")
    phone.get_by_label("商品が余っている").check()
    picture(phone, "rpa_form_390")
    phone.get_by_role("button", name="送信する").click()
    go_on = phone.get_by_role("button", name="解約を続ける")
    waits = phone.get_by_text("最新の状態を見る")
    # The receipt stands there at once, and turns into the offer when the robot has found the subscription.
    expect(waits.or_(go_on)).to_be_visible()
    picture(phone, "rpa_waiting_390")
    expect(go_on).to_be_visible(timeout=150_000)
    picture(phone, "rpa_offer_390")
    boxes = [each.bounding_box() for each in phone.locator(".offers button").all()]
    assert len({(box["width"], box["height"]) for box in boxes if box}) == 1
    phone.locator("h1").click()
    phone.keyboard.press("Tab")
    expect(go_on).to_be_focused()
    go_on.click()
    received = phone.get_by_role("heading", name="お申し込みを受け付けました")
    expect(received).to_be_visible()
    picture(phone, "rpa_receipt_390")

    page.goto(stack.console("rpa/requests/"))
    find_row(page, "うるおいコラーゲン").first.get_by_role("link").click()
    shots = page.get_by_role("region", name="画面の記録")
    while not page.locator(".badge", has_text="対応完了").count():
        page.wait_for_timeout(1000)
        page.reload()
    expect(shots.get_by_role("img")).to_have_count(6)
    for image in shots.get_by_role("img").all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.naturalWidth") > 100
    picture(page, "rpa_pictures")
    page.goto(subscription)
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", "canceled")
    page.goto(stack.console("rpa/requests/statistics/"))
    expect(page.locator("main")).to_contain_text("平均2.0画面")
    picture(page, "rpa_statistics")
    narrow = open_page(stack.console("rpa/settings/"), 390, "dark")
    picture(narrow, "rpa_settings_390_dark")
    assert overflow(narrow) == 0
