"""What the style guide shows: ordinary rows, and the ugly ones that break careless screens."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from console.menu import MENU, Entry, Group
from console.pager import Page
from console.styleguide.forms import FilterForm, SampleForm, make_broken_form

ZONE = dt.timezone(dt.timedelta(hours=9))
NOW = dt.datetime(2026, 11, 22, 14, 30, tzinfo=ZONE)
LONG_NAME = "長い名前の会員" * 28 + "おわり。"
LONG_TAG = "定期便コーヒー豆グァテマラ・アンティグア深煎り２００ｇ【初回限定】〇購入者（再送対象）"


@dataclass
class SamplePerson:
    name: str
    line: str
    email: str
    phone: str
    state: tuple[str, str]
    tags: list[tuple[str, str]]
    spent: int | None
    seen: dt.datetime | None
    id: str = field(default="")


def make_sample_people() -> list[SamplePerson]:
    linked, waiting, broken = (
        ("ok", "連携済み"),
        ("warn", "未連携"),
        ("bad", "連携エラー"),
    )
    regular, known = ("定期3回目", "blue"), ("本人確認済", "green")
    rows = [
        ("山田 花子", linked, [regular, known]),
        ("佐藤 健一", waiting, [known]),
        ("髙﨑 𠮷之助", linked, [regular, known, ("誕生月クーポン", "pink")]),
        ("鈴木 美咲", broken, [("再入力待ち", "orange")]),
        (
            "アレクサンドリーナ・ヴィクトリア・ヴァン＝デル＝ハイデンブルク",
            linked,
            [(LONG_TAG, "purple"), regular],
        ),
        (LONG_NAME, ("neutral", "ブロック"), [("休眠", "grey")]),
        (
            "渡邉 陽子",
            ("info", "確認中"),
            [regular, ("VIP", "yellow"), ("解約相談", "red"), ("新規", "teal")],
        ),
        ("伊藤", waiting, []),
    ]
    return [
        SamplePerson(
            name=name,
            line=f"U{4711 * (at + 3):08x}",
            email=f"user{at}@example.jp",
            phone=f"090-4512-{1420 + at}",
            state=state,
            tags=tags,
            spent=128535 - 9173 * at if at != 7 else None,
            seen=NOW - dt.timedelta(days=at, minutes=7 * at) if at != 7 else None,
            id=str(at),
        )
        for at, (name, state, tags) in enumerate(rows)
    ]


def make_sample_history() -> list[dict[str, Any]]:
    return [
        {
            "title": "本人確認データを更新",
            "badge": "反映中",
            "badge_kind": "ok",
            "kind": "ok",
            "icon": "clipboard-check",
            "at": NOW,
            "source": "フォーム「ご本人確認」（3回目の回答）",
            "changes": [
                {
                    "label": "電話番号",
                    "before": "090-4512-1421",
                    "after": "090-4512-1420",
                },
                {
                    "label": "住所",
                    "before": "",
                    "after": "東京都千代田区神田駿河台4丁目6番地 " + "長い建物名" * 12,
                },
            ],
        },
        {
            "title": "カートと連携できませんでした",
            "kind": "bad",
            "icon": "unlink",
            "at": NOW - dt.timedelta(hours=3),
            "source": "ecforce（本店）",
            "text": "電話番号が一致しません：カート 090-…-1111 / 会員 090-…-2222",
        },
        {
            "title": "オペレーターが編集",
            "kind": "neutral",
            "icon": "pencil",
            "at": NOW - dt.timedelta(days=2),
            "source": "会員詳細",
            "who": "店長 愛子",
            "changes": [
                {"label": "氏名", "before": "高崎 吉之助", "after": "髙﨑 𠮷之助"}
            ],
        },
    ]


def build_styleguide_context(request: HttpRequest) -> dict[str, Any]:
    rows = make_sample_people()
    return {
        "people": rows,
        "page": Page(
            rows=rows, start=51, total=12480, after="x", before="y", previous_start=1
        ),
        "last_page": Page(
            rows=rows[:2], start=1, total=2, after="", before="", previous_start=1
        ),
        "nothing": Page(
            rows=[], start=1, total=0, after="", before="", previous_start=1
        ),
        "form": SampleForm(initial={"kind": "line", "active": True, "timing": "now"}),
        "broken": make_broken_form(),
        "filter_form": FilterForm(auto_id="id_filter_%s"),
        **make_sample_bar(),
        "history": make_sample_history(),
        "now": NOW,
        "greeting": "髙﨑 𠮷之助 様\nご登録ありがとうございます。ご本人確認をお願いいたします。",
        "crumbs": [("会員", "?"), ("会員リスト", "?")],
        "colours": [
            "grey",
            "red",
            "orange",
            "yellow",
            "green",
            "teal",
            "blue",
            "purple",
            "pink",
        ],
        "long_name": LONG_NAME,
        "long_tag": LONG_TAG,
        "steps": ["ファイル", "列の対応", "確認", "取り込み"],
        "fields": {"ids": "1"},
        "menu": make_sample_menu(),
        "sample_names": [row.name for row in rows[:3]],
    }


def make_sample_bar() -> dict[str, Any]:
    """Return the chips and the tabs above a list."""
    return {
        "chips": [
            {"label": "タグ", "value": "定期3回目", "remove_url": "?"},
            {"label": "最終反応", "value": "30日以内", "remove_url": "?"},
        ],
        "tabs": [
            {"label": "すべて", "url": "?", "count": 12480, "current": True},
            {"label": "カート未連携", "url": "?view=2", "count": 312},
            {"label": "定期3回目以上", "url": "?view=3", "count": 1204},
            {"label": "ブロック", "url": "?view=4", "count": 96},
            {
                "label": "名前の長い保存した条件（キャンペーン対象・再送除く）",
                "url": "?view=5",
                "count": 0,
            },
        ],
    }


def make_sample_menu() -> list[Group]:
    """Return the whole menu, whether or not its pages exist: the style guide stands outside any shop."""
    groups = [
        Group(section.label, [Entry(item, "?") for item in section.items])
        for section in MENU
    ]
    groups[1].entries[0].current = "page"
    return groups
