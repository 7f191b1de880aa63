"""会員データの書き出し, from the list to the rows in the file."""

import csv
import io
import re
from collections.abc import Callable

import pytest
import pyzipper
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stack

pytestmark = pytest.mark.browser
SECRET = "Himitsu-2026!"


def filled(page: Page, stack: Stack) -> None:
    page.locator("#id_reason").fill("12月のDM発送の名簿を作るため")
    page.get_by_label("ファイルのパスワード").fill("abc")
    expect(page.locator("#strength")).to_have_text(
        "12文字以上で入力してください（いま3文字です）。"
    )
    page.get_by_label("ファイルのパスワード").fill(SECRET)
    if page.get_by_label("あなたのログインパスワード").is_visible():
        page.get_by_label("あなたのログインパスワード").fill(stack.password)


def test_the_result_as_an_encrypted_csv_once_in_thirty_minutes(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page(stack.console("members/"))
    page.get_by_role("link", name="書き出す").click()
    page.locator("summary", has_text="項目を変える").click()
    page.get_by_role("button", name="「メールアドレス」を上へ").click()
    page.get_by_role("checkbox", name="連携状態").uncheck()
    wanted = page.locator("[name=columns]:checked").evaluate_all(
        "all => all.map(c => c.labels[0].innerText.trim())"
    )
    assert "連携状態" not in wanted
    assert wanted.index("メールアドレス") < wanted.index("電話番号")
    filled(page, stack)
    begin = page.get_by_role("button", name=re.compile(r"名を書き出す$"))
    count = int("".join(filter(str.isdigit, begin.inner_text())))
    begin.click()
    page.wait_for_url("**/jobs/*/")
    page.get_by_role("link", name="結果を開く").click(timeout=30_000)
    with page.expect_download() as download:
        page.get_by_role("row").nth(1).get_by_role(
            "button", name="ダウンロード"
        ).click()
    assert re.fullmatch(r"会員_\d{8}_\d{4}\.zip", download.value.suggested_filename)
    with pyzipper.AESZipFile(download.value.path()) as archive:
        archive.setpassword(SECRET.encode())
        text = archive.read(archive.namelist()[0]).decode("utf-8-sig")
    heading, *rows = csv.reader(io.StringIO(text, newline=""))
    assert (heading, len(rows)) == (wanted, count)

    page.goto(stack.console("members/"))
    listed = page.locator("input.row-check").evaluate_all(
        "all => all.map(box => box.value)"
    )
    assert listed
    assert set(listed) <= {row[heading.index("会員ID")] for row in rows}
    page.get_by_role("link", name="書き出す").click()
    expect(
        page.get_by_text(re.compile(r"30分に1回です。次は\d\d:\d\dから書き出せます。"))
    ).to_be_visible()
    expect(begin).to_be_disabled()


def test_answers_are_added_from_under_their_form(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page(stack.console("members/export/"))
    page.locator("#id_reason").fill("名簿")
    page.get_by_label("ファイルのパスワード").fill(SECRET)
    page.locator("summary", has_text="項目を変える").click()
    page.locator(".export-fold summary", has_text="本人確認フォーム").click()
    page.get_by_role("button", name="すべて加える").click()
    expect(
        page.get_by_role("checkbox", name="本人確認フォーム：回答日時")
    ).to_be_checked()
    fold = page.locator(".export-fold").filter(has_text="本人確認フォーム")
    expect(fold).to_have_count(0)
    expect(page.locator("#id_reason")).to_have_value("名簿")
    expect(page.get_by_label("ファイルのパスワード")).to_have_value("")
    page.get_by_role("button", name="「本人確認フォーム：回答日時」を上へ").click()
    wanted = page.locator("[name=columns]:checked").evaluate_all(
        "all => all.map(c => c.value.split(':').pop())"
    )
    assert wanted.index("at") < wanted.index("name", 2)
