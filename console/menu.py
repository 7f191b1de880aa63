"""The side menu: all its items, and those that a seat sees on a page."""

from dataclasses import dataclass, field

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from operators.rights import ShopRequest
from operators.roles import CONNECT, MANAGE, SEND, SETTINGS, VIEW

Label = str | Promise


@dataclass(frozen=True)
class Item:
    label: Label
    url_name: str
    icon: str
    right: str = VIEW


@dataclass(frozen=True)
class Section:
    label: Label
    items: tuple[Item, ...]


@dataclass
class Entry:
    """An item on the page: its URL, and whether it is the page shown ("page") or above it ("true")."""

    item: Item
    url: str
    current: str = ""


@dataclass
class Group:
    label: Label
    entries: list[Entry] = field(default_factory=list)


MENU = (
    Section("", (Item(_("今日やること"), "administration:today", "list-checks"),)),
    Section(
        _("会員"),
        (
            Item(_("会員リスト"), "members:list", "users"),
            Item(_("タグ"), "members:tags", "tag"),
            Item(_("保存した条件"), "members:segments", "list-filter"),
            Item(_("お問い合わせ"), "members:inquiries", "messages-square"),
            Item(_("会員情報項目"), "members:attributes", "id-card"),
        ),
    ),
    Section(_("受注"), (Item(_("受注リスト"), "cartsync:orders", "shopping-bag"),)),
    Section(
        _("メッセージ"),
        (
            Item(_("ステップメッセージ"), "messaging:scenarios", "route"),
            Item(_("一斉配信"), "messaging:broadcasts", "megaphone"),
            Item(_("予約中"), "messaging:booked", "calendar-clock"),
            Item(_("キーワード応答"), "messaging:keywords", "message-square-reply"),
            Item(_("ログ"), "messaging:deliveries", "scroll-text"),
        ),
    ),
    Section(
        _("コンテンツ"),
        (
            Item(_("LIFF"), "forms_builder:list", "smartphone"),
            Item(_("テンプレート"), "messaging:templates", "layout-template"),
        ),
    ),
    Section(
        _("カート連携"),
        (
            Item(_("連携状況"), "cartsync:carts", "refresh-cw"),
            Item(_("連携の推移"), "cartsync:funnel", "chart-line"),
            Item(_("要確認"), "cartsync:review", "circle-alert"),
            Item(_("注文メール"), "cartsync:mails", "mail"),
        ),
    ),
    Section(
        _("RPA設定"),
        (
            Item(_("基本設定"), "rpa:settings", "bot"),
            Item(_("申請一覧"), "rpa:requests", "inbox"),
        ),
    ),
    Section(
        _("設定"),
        (
            Item(
                _("初期設定チェックリスト"),
                "administration:checklist",
                "clipboard-check",
            ),
            Item(_("契約プラン"), "administration:plan", "gauge"),
            Item(_("オペレーター"), "administration:operators", "user-cog", MANAGE),
            Item(
                _("メンバーグループ管理"),
                "administration:groups",
                "shield-check",
                MANAGE,
            ),
            Item(
                _("メールアドレスの重複"), "members:shared_emails", "at-sign", SETTINGS
            ),
            Item(_("外部連携アカウント管理"), "messaging:accounts", "plug", CONNECT),
            Item(_("メールアカウント"), "messaging:mail_accounts", "mail", CONNECT),
            Item(_("メールの送信停止"), "messaging:suppressions", "mail-x"),
            Item(_("ヘルプデスク連携"), "helpdesk:setup", "life-buoy"),
            Item(
                _("個人情報の利用目的"),
                "forms_builder:privacy",
                "file-lock",
                SETTINGS,
            ),
            Item(_("テスト配信先"), "messaging:testers", "flask-conical", SEND),
            Item(_("営業日カレンダー"), "messaging:calendar", "calendar-days"),
            Item(_("通知"), "notifications:settings", "bell"),
            Item(_("処理の一覧"), "jobs:jobs", "hourglass"),
            Item(
                _("ログインの安全"), "administration:security", "shield-check", MANAGE
            ),
            Item(_("稼働状況"), "administration:operations", "activity", SETTINGS),
            Item(_("監査ログ"), "administration:audit", "history", MANAGE),
            Item(_("ヘルプ"), "administration:help", "circle-question-mark"),
        ),
    ),
)


def build_menu(
    request: ShopRequest, sections: tuple[Section, ...] = MENU
) -> list[Group]:
    """Return the sections with at least one page that exists and that the seat may open, one entry marked current."""
    groups = [
        Group(section.label, list_visible_entries(section, request))
        for section in sections
    ]
    mark_current([entry for group in groups for entry in group.entries], request.path)
    return [group for group in groups if group.entries]


def list_visible_entries(section: Section, request: ShopRequest) -> list[Entry]:
    entries = []
    for item in section.items:
        url = resolve_item_url(item, request)
        if url and request.seat.can(item.right):
            entries.append(Entry(item, url))
    return entries


def resolve_item_url(item: Item, request: ShopRequest) -> str:
    try:
        return reverse(item.url_name, urlconf=getattr(request, "urlconf", None))
    except NoReverseMatch:
        return ""


def mark_current(entries: list[Entry], path: str) -> None:
    """Mark the entry with the longest URL above the path as current.

    So a member's page belongs to the list, not to the start page.
    """
    above = [entry for entry in entries if path.startswith(entry.url)]
    if above:
        entry = max(above, key=lambda entry: len(entry.url))
        entry.current = "page" if entry.url == path else "true"
