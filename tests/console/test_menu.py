"""The side menu shows what exists and what the seat may open, and marks where one is."""

from dataclasses import replace
from types import SimpleNamespace

from django.urls import path

from console.menu import MENU, Entry, Item, Section, build_menu, mark_current
from operators.roles import MANAGE, VIEW


def page() -> None: ...


urlpatterns = [
    path("members/", page, name="list"),
    path("members/tags/", page, name="tags"),
    path("audit/", page, name="audit"),
]
SECTIONS = (
    Section(
        "会員",
        (
            Item("会員リスト", "list", "users"),
            Item("タグ", "tags", "tag"),
            Item("未来", "nowhere", "bot"),
        ),
    ),
    Section("設定", (Item("監査ログ", "audit", "history", MANAGE),)),
    Section("空", (Item("未来", "nowhere", "bot"),)),
)


def shown(rights: set[str], at: str) -> list[tuple[str, list[tuple[str, str]]]]:
    request = SimpleNamespace(
        path=at,
        urlconf=__name__,
        seat=SimpleNamespace(can=lambda right: right in rights),
    )
    groups = build_menu(request, SECTIONS)  # type: ignore[arg-type]
    return [
        (str(g.label), [(str(e.item.label), e.current) for e in g.entries])
        for g in groups
    ]


def test_only_pages_that_exist_and_that_the_seat_may_open() -> None:
    assert shown({VIEW}, "/") == [("会員", [("会員リスト", ""), ("タグ", "")])]
    assert shown({VIEW, MANAGE}, "/") == [
        ("会員", [("会員リスト", ""), ("タグ", "")]),
        ("設定", [("監査ログ", "")]),
    ]


def test_the_page_itself_and_the_page_above_are_marked() -> None:
    assert shown({VIEW}, "/members/")[0][1] == [("会員リスト", "page"), ("タグ", "")]
    assert shown({VIEW}, "/members/abc123/")[0][1] == [
        ("会員リスト", "true"),
        ("タグ", ""),
    ]
    assert shown({VIEW}, "/members/tags/")[0][1] == [
        ("会員リスト", ""),
        ("タグ", "page"),
    ]


def test_nothing_is_marked_elsewhere() -> None:
    entries = [Entry(replace(SECTIONS[0].items[0]), "/members/")]
    mark_current(entries, "/messages/")
    assert entries[0].current == ""


def test_the_order_of_the_sections() -> None:
    assert [str(section.label) for section in MENU] == [
        "",
        "会員",
        "受注",
        "メッセージ",
        "コンテンツ",
        "カート連携",
        "RPA設定",
        "設定",
    ]


def test_every_icon_exists() -> None:
    from console.templatetags.kit import icon

    assert all("<svg" in icon(item.icon) for section in MENU for item in section.items)
