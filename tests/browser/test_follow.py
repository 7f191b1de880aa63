"""From a calendar to a mail in a buyer's hands: order mails, their mask, the dates, a second order under each rule.

Nothing reaches into the database; what is asserted has been read on a page.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Stack
from tests.browser.test_loop import until

pytestmark = pytest.mark.browser
TOKYO, DAY = ZoneInfo("Asia/Tokyo"), timedelta(days=1)
PC, CARRIER = "walk-buyer@example.jp", "walk-buyer@docomo.ne.jp"
READ = {
    "number": "[注文番号]",
    "name": "[お名前]",
    "email": "[メールアドレス]",
    "products": "[商品]",
}
# The first of the ready ones: three days after the shipping, at ten.
NAME, MASK = "商品到着後のお願い", "さくらモール 注文確認"
# Of the first and the second order, under 毎回, 一度だけ, 実行中なら送信しない and 新しいシナリオを実行.
GOES = ["届く", "届く", "届く", "届かない", "届く", "届かない", "届かない", "届く"]
PC_WORDS, CARRIER_WORDS = (
    "このメールにそのままご返信ください。担当者が",
    "商品は届きましたか。",
)


def close_tomorrow(page: Page, stack: Stack) -> date:
    """Open every day, ship on the next open one, and close tomorrow by a click; return tomorrow."""
    tomorrow = datetime.now(TOKYO).date() + DAY
    page.goto(stack.console(f"messages/calendar/?year={tomorrow.year}"))
    for number in range(7):
        page.locator(f"input[name=weekdays][value='{number}']").uncheck(force=True)
    page.locator("input[name=on_holidays]").uncheck(force=True)
    page.locator("input[name=cutoff]").fill("")
    page.locator("input[name=shipping_days]").fill("1")
    page.get_by_role("button", name="保存する").click()
    page.locator(f"button[value='{tomorrow}:closed']").click()
    expect(page.locator(f"button[value='{tomorrow}:open']")).to_be_visible()
    return tomorrow


def make_follow_scenario(page: Page, stack: Stack) -> str:
    """Make the ready one, switch it on, and return its address."""
    page.goto(stack.console("messages/templates/"))
    ready = page.locator("article", has_text=NAME)
    ready.get_by_role("button", name="この見本で作成").click()
    page.wait_for_url(re.compile(r"/messages/steps/\w+/$"))
    place = page.url
    page.locator(".switch-button").first.click()
    expect(page.get_by_text(f"「{NAME}」をオンにしました。")).to_be_visible()
    return place


def delete_mask(page: Page, stack: Stack) -> None:
    page.goto(stack.console("carts/mail/masks/"))
    page.get_by_role("link", name=MASK).first.click()
    page.get_by_role("button", name="削除", exact=True).click()
    page.get_by_role("button", name="削除する").click()
    page.wait_for_url("**/masks/")


def place_order(page: Page, stack: Stack, email: str) -> str:
    """Order at the mall, which sends its mail; return the order's number."""
    form = {"email": email, "name": "歩 花子"}
    answer = page.request.post(f"{stack.cart}/mall/", form=form)
    newest: str = re.findall(r"SM-\d+-\d+", answer.text())[0]
    return newest


def make_mask(page: Page, number: str) -> None:
    """Make a mask from the mail that is open, which nothing reads yet."""
    page.get_by_role("link", name="このメールから解析マスクを作る").click()
    page.locator("input[name=name]").fill(MASK)
    page.locator("input[name=mall]").fill("さくらモール")
    page.locator("input[name=subject_part]").fill("ご注文内容の確認")
    for name, before in READ.items():
        page.locator(f"[name={name}_before]").fill(before)
    trial = page.locator("#trial")
    expect(trial).to_contain_text(number)
    expect(trial).to_contain_text("うるおい美容液①")
    page.get_by_role("button", name="保存する").last.click()
    page.wait_for_url("**/masks/")


def calculate(page: Page, place: str, received: datetime) -> str:
    """Return when the message goes out, as the calculator says; under each rule it says who gets a second one."""
    page.goto(place)
    page.get_by_role("link", name="日付を計算する").click()
    again = received + timedelta(minutes=1)
    for name, at in (("received", received), ("again", again)):
        page.locator(f"input[name={name}]").fill(f"{at:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="計算する").click()
    goes = page.locator("section", has_text="2回目の注文があったとき").locator("li")
    assert [text.split()[0] for text in goes.all_inner_texts()] == GOES
    shown = page.locator("section", has_text="計算の結果").locator("dl time")
    return shown.last.get_attribute("datetime") or ""


def find_due_day(received: date, closed: date) -> date:
    """Say it by hand: the next open day ships, and three days later the mail goes out."""
    shipped = received + (2 if received == closed else 1) * DAY
    return shipped + (shipped == closed) * DAY + 3 * DAY


def change_scenario(page: Page, place: str, rule: str, at_once: bool = False) -> None:
    page.goto(f"{place}edit/")
    page.locator("[name=second_event]").select_option(rule)
    if at_once:
        page.locator("[name=counts_from]").select_option("event")
        page.locator("[name=delay_number]").fill("0")
        page.locator("[name=at_time]").fill("")
    page.get_by_role("button", name="保存する").last.click()
    page.wait_for_url(place)


def list_states(page: Page, log: str) -> list[str]:
    """Return the states of one buyer's runs through the scenario, the newest first."""
    page.goto(log)
    return page.locator("tbody .at-state").all_inner_texts()


def find_row(page: Page, selector: str, place: str) -> Locator:
    """Return what leads to the scenario."""
    key = place.rstrip("/").rpartition("/")[2]
    return page.locator(selector).filter(has=page.locator(f"a[href*='{key}']"))


def search(page: Page, stack: Stack, path: str, text: str) -> None:
    page.goto(stack.console(path))
    box = page.locator("main").get_by_role("searchbox").first
    box.fill(text)
    box.press("Enter")
    page.wait_for_url(re.compile(r"\?.*s="))


@pytest.mark.timeout(300)
def test_from_the_calendar_to_the_mail(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page(stack.console("carts/mail/masks/"))
    delete_mask(page, stack)
    number = place_order(page, stack, PC)
    closed = close_tomorrow(page, stack)
    place = make_follow_scenario(page, stack)

    # No mask is for the mail; it becomes the sample of one, and is read at once.
    page.goto(stack.console("carts/mail/"))
    page.locator("tbody tr").first.get_by_role("link").first.click()
    expect(page.get_by_text("対象外")).to_be_visible()
    mail = page.url
    make_mask(page, number)
    runs = find_row(page, "dd", place)
    until(page, lambda: bool(page.goto(mail)) and runs.count() == 1)
    received = page.locator("dl.facts time").first.get_attribute("datetime") or ""
    log = runs.get_by_role("link", name="実行ログを見る").get_attribute("href")
    runs.get_by_role("link", name="送信ログを見る").click()
    booked = page.locator("tbody time").first.get_attribute("datetime")
    at = datetime.fromisoformat(received)
    assert calculate(page, place, at) == booked
    due = datetime.fromisoformat(booked or "")
    assert (due.date(), f"{due:%H:%M}") == (find_due_day(at.date(), closed), "10:00")

    # The second order under each rule; with the last one the message goes out at once.
    log = f"{stack.web}{log}"
    assert list_states(page, log) == ["実行中"]
    change_scenario(page, place, "once")
    place_order(page, stack, PC)
    until(page, lambda: list_states(page, log) == ["開始せず", "実行中"])
    change_scenario(page, place, "not_running")
    place_order(page, stack, PC)
    until(page, lambda: list_states(page, log) == ["開始せず", "開始せず", "実行中"])
    change_scenario(page, place, "restart", at_once=True)
    place_order(page, stack, PC)
    number = place_order(page, stack, CARRIER)
    ended = ["完了", "開始せず", "開始せず", "途中で終了"]
    until(page, lambda: list_states(page, log) == ended)

    # Each has the text for their mailbox, and all three logs know of it.
    for to, words, others in (
        (PC, PC_WORDS, CARRIER_WORDS),
        (CARRIER, CARRIER_WORDS, PC_WORDS),
    ):
        mails = page.get_by_test_id("mail").filter(has_text=to)
        sent = mails.filter(has_text=words).filter(has_text="歩 花子様")
        until(
            page,
            lambda sent=sent: (
                bool(page.goto(f"{stack.line}/mail/")) and sent.count() == 1
            ),
        )
        assert mails.filter(has_text=others).count() == 0
    for path, text, state in (
        ("carts/mail/", number, "受注に反映"),
        ("messages/log/runs/", number, "完了"),
        ("messages/log/", CARRIER, "送信済み"),
    ):
        search(page, stack, path, text)
        rows = page.locator("tbody tr")
        row = rows if path == "carts/mail/" else find_row(page, "tbody tr", place)
        expect(row).to_have_count(1)
        expect(row.locator(".at-state")).to_contain_text(state)
