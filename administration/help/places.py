"""The pages that the header search and the help lead to: each by its label, with the right that it takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import URLResolver, get_resolver
from django.utils.translation import gettext_lazy as _

from administration.help.guide import Text
from administration.help.words import WORDS
from console.menu import MENU


@dataclass(frozen=True)
class Place:
    """A page that takes no argument. ``words``: what else people call what is done there."""

    label: Text
    page: str
    section: Text
    words: str = ""


# Pages that the menu does not name; "…#…" keeps apart the words of two places on one page.
BESIDE_THE_MENU = (
    (_("条件で絞込"), "members:filter", _("会員")),
    (_("値を貼り付けて絞り込む"), "members:paste", _("会員")),
    (_("会員を追加"), "members:add", _("会員")),
    (_("会員の取り込み"), "members:import_new", _("会員")),
    (_("取り込みの履歴"), "members:imports", _("会員")),
    (_("会員の書き出し"), "members:export", _("会員")),
    (_("書き出し履歴"), "members:exports", _("会員")),
    (_("タグのフォルダ"), "members:tag_folders", _("会員")),
    (_("ステップメッセージの追加"), "messaging:new_scenario", _("メッセージ")),
    (_("一斉配信の追加"), "messaging:new_broadcast", _("メッセージ")),
    (_("14日間の予行"), "messaging:forecast", _("メッセージ")),
    (_("実行ログ"), "messaging:runs", _("メッセージ")),
    (_("配信の推移"), "messaging:days", _("メッセージ")),
    (_("全配信を止める"), "messaging:stop_sends", _("メッセージ")),
    (_("ひな形から作る"), "forms_builder:gallery", _("コンテンツ")),
    (_("カートの追加"), "cartsync:kinds", _("カート連携")),
    (_("受信アカウント"), "cartsync:mailboxes", _("カート連携")),
    (_("受信アカウントを追加"), "cartsync:mailbox_new", _("カート連携")),
    (_("解析マスク"), "cartsync:masks", _("カート連携")),
    (_("検索条件設定"), "rpa:settings#search", _("RPA設定")),
    (_("申請の統計"), "rpa:statistics", _("RPA設定")),
    (_("オペレーターの招待"), "administration:operator_new", _("設定")),
    (_("LINEアカウントの追加"), "messaging:new_account", _("設定")),
    (_("メールアカウントの追加"), "messaging:new_mail_account", _("設定")),
    (_("送信者の表示"), "messaging:mail_footer", _("設定")),
    (_("送信元の振り分け"), "messaging:mail_routes", _("設定")),
    (_("送信ドメインの診断"), "messaging:mail_domains", _("設定")),
    (_("日付の計算"), "messaging:calculator", _("設定")),
)


def list_places() -> list[Place]:
    """Return every place, those of the menu first."""
    named = [
        (item.label, item.url_name, section.label)
        for section in MENU
        for item in section.items
    ]
    return [
        Place(label, key.partition("#")[0], section, WORDS.get(key, ""))
        for label, key, section in (*named, *BESIDE_THE_MENU)
    ]


@lru_cache
def load_labels() -> dict[str, Text]:
    """Return what each page is called, by its URL name."""
    return {place.page: place.label for place in reversed(list_places())}


@lru_cache
def load_rights() -> dict[str, str]:
    """Return the right that each page of the console takes, by its URL name: what its view says."""
    return dict(walk_rights(get_resolver("config.urls_console").url_patterns, ""))


def walk_rights(patterns: list[Any], namespace: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from walk_rights(pattern.url_patterns, namespace + inner)
        elif pattern.name:
            yield namespace + pattern.name, pattern.callback.right
