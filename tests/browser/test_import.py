"""A file of members from its upload to taking it back, as an operator does it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stack, overflow, picture

pytestmark = pytest.mark.browser
FILE = (
    "お名前,Eメール,携帯電話,備考\r\n"
    "輸入 一郎,import-1@example.jp,090-2222-0001,あ\r\n"
    "髙橋 輸入,import-2@example.jp,090-2222-000x,い\r\n"
    "輸入 三郎,import-3@example.jp,,う\r\n"
    "輸入 四郎,import-1@example.jp,,え\r\n"
)


def test_a_file_comes_in_and_goes_again(
    open_page: Callable[..., Page], stack: Stack, axe: Callable[[Page], list[str]]
) -> None:
    page = open_page(stack.console("members/"))
    page.get_by_role("link", name="CSVを取り込む").click()
    expect(page.get_by_role("heading", name="会員の取り込み（1/4）")).to_be_visible()
    picture(page, "import-1")
    page.get_by_label("ファイル").set_input_files(
        {"name": "会員リスト.csv", "mimeType": "text/csv", "buffer": FILE.encode("cp932")}
    )
    page.get_by_role("button", name="次へ").click()

    expect(page.get_by_role("heading", name="会員の取り込み（2/4）")).to_be_visible()
    expect(page.get_by_label("お名前")).to_have_value("name")
    expect(page.get_by_label("Eメール")).to_have_value("email")
    expect(page.get_by_label("携帯電話")).to_have_value("phone")
    expect(page.get_by_label("備考")).to_have_value("ignore")
    assert (axe(page), overflow(page)) == ([], 0)
    picture(page, "import-2")
    page.get_by_role("button", name="次へ（まだ取り込みません）").click()

    expect(page.get_by_role("heading", name="会員の取り込み（3/4）")).to_be_visible()
    expect(page.get_by_text("3行目：携帯電話に数字以外の文字が含まれています。")).to_be_visible()
    expect(page.get_by_text("5行目：メールアドレスが2行目と同じです。")).to_be_visible()
    assert (axe(page), overflow(page)) == ([], 0)
    picture(page, "import-3")
    with page.expect_download() as download:
        page.get_by_role("button", name="エラー行だけ書き出す").click()
    assert "エラー内容" in download.value.path().read_text("utf-8-sig").splitlines()[0]
    page.get_by_role("button", name="エラー行を除いて取り込む（2件）").click()

    expect(page.get_by_role("heading", name="取り込みの結果")).to_be_visible()
    assert (axe(page), overflow(page)) == ([], 0)
    picture(page, "import-4")
    report = page.url
    page.get_by_role("link", name="会員リストを開く").click()
    expect(page.get_by_role("link", name="輸入 三郎", exact=True)).to_be_visible()

    page.goto(report)
    page.get_by_role("link", name="取り込みを元に戻す").click()
    page.get_by_role("button", name="元に戻す", exact=True).click()
    expect(page.get_by_text("追加した会員2件を削除し")).to_be_visible()
    page.goto(stack.console("members/imports/"))
    expect(page.get_by_role("row", name=re.compile("会員リスト.csv")).first).to_contain_text("元に戻しました")
    assert (axe(page), overflow(page)) == ([], 0)
