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
    page.get_by_text("見出しと入れ方").click()
    assert (axe(page), overflow(page)) == ([], 0)
    picture(page, "import-1")
    page.get_by_label("ファイル").set_input_files(
        {
            "name": "会員リスト.csv",
            "mimeType": "text/csv",
            "buffer": FILE.encode("cp932"),
        }
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
    expect(
        page.get_by_text("3行目：携帯電話に数字以外の文字が含まれています。")
    ).to_be_visible()
    expect(page.get_by_text("5行目：メールアドレスが2行目と同じです。")).to_be_visible()
    assert (axe(page), overflow(page)) == ([], 0)
    picture(page, "import-3")
    with page.expect_download() as download:
        page.get_by_role("button", name="エラー行だけ書き出す").click()
    assert "エラー内容" in download.value.path().read_text("utf-8-sig").splitlines()[0]
    page.get_by_role("button", name="エラー行を除いて取り込む（2名）").click()

    expect(page.get_by_role("heading", name="取り込みの結果")).to_be_visible()
    assert (axe(page), overflow(page)) == ([], 0)
    picture(page, "import-4")
    report = page.url
    page.get_by_role("link", name="会員リストを開く").click()
    expect(page.get_by_role("link", name="輸入 三郎", exact=True)).to_be_visible()

    page.goto(report)
    page.get_by_role("link", name="取り込みを元に戻す").click()
    page.get_by_role("button", name="元に戻す", exact=True).click()
    expect(page.get_by_text("追加した会員2名を削除し")).to_be_visible()
    page.goto(stack.console("members/imports/"))
    expect(
        page.get_by_role("row", name=re.compile("会員リスト.csv")).first
    ).to_contain_text("元に戻しました")
    assert (axe(page), overflow(page)) == ([], 0)


DROPPED = """([name, text]) => {
  const carrier = new DataTransfer();
  carrier.items.add(new File([text], name, { type: "text/csv" }));
  return carrier;
}"""


def test_a_file_is_dragged_in_and_read_anew(
    open_page: Callable[..., Page], stack: Stack, axe: Callable[[Page], list[str]]
) -> None:
    """Onto the field it is chosen, beside it nothing happens. The guessed encoding is put right on the next page."""
    page = open_page(stack.console("members/imports/new/"))
    text = "カナ,email,電話\r\nカトウ,drag-1@example.jp,090-3333-0001\r\n"
    carried = page.evaluate_handle(DROPPED, ["引きずる.csv", text])
    page.dispatch_event("h1", "drop", {"dataTransfer": carried})
    chosen = page.get_by_label("ファイル")
    assert chosen.evaluate("input => input.files.length") == 0
    page.dispatch_event("input[type=file]", "dragover", {"dataTransfer": carried})
    assert chosen.get_attribute("data-filedrop") == "over"
    picture(page, "import-drag")
    page.dispatch_event("input[type=file]", "drop", {"dataTransfer": carried})
    assert chosen.get_attribute("data-filedrop") == "yes"
    assert chosen.evaluate("input => input.files[0].name") == "引きずる.csv"
    chosen.set_input_files(
        {
            "name": "会員.csv",
            "mimeType": "text/csv",
            "buffer": "カナ,email\r\nカトウ,d@example.jp\r\n".encode("euc_jp"),
        }
    )
    page.get_by_role("button", name="次へ").click()
    expect(page.get_by_text("･ｫ･ﾊ")).to_be_visible()
    page.get_by_label("文字コード").select_option("euc_jp")
    page.get_by_role("button", name="読み直す").click()
    expect(page.get_by_text("ファイルを読み直しました。")).to_be_visible()
    expect(page.get_by_label("カナ")).to_have_value(re.compile("attribute:"))
    assert (axe(page), overflow(page)) == ([], 0)
    picture(page, "import-2-anew")
    page.get_by_role("button", name="キャンセル").click()
    expect(
        page.get_by_text("取り込みをキャンセルしました。会員は変わっていません。")
    ).to_be_visible()


def test_what_a_check_warns_of(
    open_page: Callable[..., Page], stack: Stack, axe: Callable[[Page], list[str]]
) -> None:
    """New rows with one phone, and the tag that starts a step message of the demo shop."""
    page = open_page(stack.console("members/imports/new/"))
    rows = "".join(
        f"家族{n},family-{n}@example.jp,090-4444-0001,本人確認済み\r\n"
        for n in range(2)
    )
    data = f"氏名,メール,電話番号,タグ\r\n{rows}".encode()
    page.get_by_label("ファイル").set_input_files(
        {"name": "家族.csv", "mimeType": "text/csv", "buffer": data}
    )
    page.get_by_role("button", name="次へ").click()
    page.get_by_role("button", name="次へ（まだ取り込みません）").click()
    expect(
        page.get_by_text("同じ人かもしれない会員を2名、新規として追加します")
    ).to_be_visible()
    assert (axe(page), overflow(page)) == ([], 0)
    picture(page, "import-3-warned")
    page.get_by_role("button", name="キャンセル").click()
