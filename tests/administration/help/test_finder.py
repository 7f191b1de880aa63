"""The header search finds settings and help by the words that people bring along."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import translation

from administration.help.finder import find_pages
from operators.roles import RIGHTS, Role


def find(text: str, role: Role = Role.OWNER) -> list[str]:
    """Return the labels found, as somebody with this role would see them."""
    seat = SimpleNamespace(can=lambda right: right in RIGHTS[role])
    request: Any = SimpleNamespace(seat=seat)
    return [str(page.label) for page in find_pages(request, text)]


@pytest.fixture(autouse=True)
def console_urls(settings: Any) -> None:
    settings.ROOT_URLCONF = "config.urls_console"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("アーカイブ", "会員情報項目"),
        ("相対日付", "条件で絞込"),
        ("検索キーワードを分けて入力", "値を貼り付けて絞り込む"),
        ("検索条件設定", "検索条件設定"),
        ("検索条件の呼び出し", "保存した条件"),
        ("重複許可", "メールアドレスの重複"),
        ("締め時間", "営業日カレンダー"),
        ("出荷日", "営業日カレンダー"),
        ("マスク", "解析マスク"),
        ("即時判定", "LIFF"),
        ("強制停止", "申請一覧"),
        ("テスト送信", "テスト配信先"),
        ("スマホ連携", "通知"),
        ("オリジナルフォーム送信の通知", "通知"),
        ("連携頻度", "連携状況"),
        ("第1条件", "検索条件設定"),
        ("Ｒｅ：ｌａｔｉｏｎ", "ヘルプデスク連携"),
        ("MAILDEALER", "ヘルプデスク連携"),
        ("ｼﾅﾘｵ", "ステップメッセージ"),
        ("営業日 登録", "営業日カレンダー"),
        ("backup", "稼働状況"),
        ("カートをつなぐ", "カートをつなぐ"),
    ],
)
def test_what_people_call_it(text: str, label: str) -> None:
    assert find(text)[0] == label


@pytest.mark.parametrize(
    "text",
    ["", "田", "山田 花子", "090-1234-5678", "hanako@example.jp", "nn", "x" * 200],
)
def test_a_person_is_no_page(text: str) -> None:
    assert find(text) == []


def test_both_languages_find_the_same() -> None:
    with translation.override("en"):
        assert find("監査ログ") == find("audit log") == ["Audit log"]


def test_few_at_once_and_each_page_once() -> None:
    found = find("メール")
    assert len(found) == 6
    assert len(set(found)) == 6


def test_only_what_the_seat_may_open() -> None:
    assert find("監査ログ", Role.VIEWER) == []
    assert find("営業日登録", Role.VIEWER) == ["営業日カレンダー"]


def test_no_query(django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        assert find("アーカイブ")[0] == "会員情報項目"
