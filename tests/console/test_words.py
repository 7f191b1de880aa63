"""Numbers, times and masks, the same everywhere."""

import datetime as dt

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from console.templatetags.kit import badge, count, initial, masked, tag_pill, when, yen

AT = dt.datetime(2026, 11, 22, 5, 30, tzinfo=dt.UTC)


def written(source: str, path: str = "/?sort=name&tag=定期", **values: object) -> str:
    request = RequestFactory().get(path)
    return Template("{% load kit %}" + source).render(
        Context({"request": request, **values})
    )


@pytest.mark.parametrize(
    ("language", "style", "text"),
    [
        ("ja", "", "2026/11/22 14:30"),
        ("ja", "date", "2026/11/22"),
        ("ja", "time", "14:30"),
        ("en", "", "Nov 22, 2026 14:30"),
        ("en", "date", "Nov 22, 2026"),
    ],
)
def test_times_are_in_the_shops_zone(language: str, style: str, text: str) -> None:
    with translation.override(language):
        assert (
            when(AT, style) == f'<time datetime="2026-11-22T14:30+09:00">{text}</time>'
        )


def test_a_day_and_nothing() -> None:
    assert when(dt.date(2026, 1, 2)) == '<time datetime="2026-01-02">2026/01/02</time>'
    assert when(None) == ""


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (dt.timedelta(seconds=5), "たった今"),
        (dt.timedelta(minutes=3), "3分前"),
        (dt.timedelta(hours=5), "5時間前"),
    ],
)
def test_how_long_ago_has_the_time_in_its_title(
    before: dt.timedelta, text: str
) -> None:
    moment = timezone.now() - before
    shown = when(moment, "ago")
    assert shown.replace("\xa0", "").endswith(f">{text}</time>")
    assert f'title="{timezone.localtime(moment):%Y/%m/%d %H:%M}"' in shown


def test_numbers() -> None:
    assert [count(12480), count(0), count(None)] == ["12,480", "0", ""]
    assert [yen(12800), yen(-300), yen(0), yen(None)] == ["¥12,800", "-¥300", "¥0", ""]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("090-4512-1420", "090-****-1420"),
        ("+819045121420", "090-****-1420"),
        ("０９０４５１２１４２０", "０９０-****-１４２０"),
        ("12345", "****"),
        ("hanako@example.jp", "ha***@example.jp"),
        ("ab@example.jp", "***@example.jp"),
        ("", ""),
        (None, ""),
    ],
)
def test_masks_hide_the_middle(value: str | None, shown: str) -> None:
    assert masked(value) == shown


def test_badges_and_tags_escape_and_fall_back() -> None:
    assert badge("ok", "<b>") == '<span class="badge ok">&lt;b&gt;</span>'
    assert badge("'><script>", "x") == '<span class="badge neutral">x</span>'
    assert tag_pill('"長い"', "nocolour") == (
        '<span class="tag grey" title="&quot;長い&quot;">&quot;長い&quot;</span>'
    )


def test_initials() -> None:
    assert [initial("髙﨑"), initial("aiko"), initial(""), initial("𠮷田")] == [
        "髙",
        "A",
        "？",
        "𠮷",
    ]


def test_links_keep_the_rest_of_the_query() -> None:
    kept = "tag=%E5%AE%9A%E6%9C%9F"
    assert written("{% query_with after='x' %}") == f"?sort=name&amp;{kept}&amp;after=x"
    assert written("{% query_with sort=None %}") == f"?{kept}"
    assert written("{% query_with sort=None tag='' %}") == "?"


@pytest.mark.parametrize(
    ("path", "state", "link"),
    [
        ("/", "descending", "?sort=name"),
        ("/?sort=name", "ascending", "?sort=-name"),
        ("/?sort=x&after=q&at=51", "none", "?sort=name"),
    ],
)
def test_heads_sort_and_say_so(path: str, state: str, link: str) -> None:
    head = written("{% th '氏名' sort='name' default='-name' %}", path)
    assert f'aria-sort="{state}"' in head
    assert f'href="{link}"' in head


def test_the_ticking_bar_and_the_pager_say_their_numbers() -> None:
    bar = written(
        "{% bulk_bar noun='タグ' shown=50 total=1204 %}<button>一括タグ付け</button>{% endbulk_bar %}"
    )
    assert "このページのタグ50件すべてが選択されています。" in bar
    assert "一覧のタグ1,204件すべてを選択" in bar
    people = written(
        "{% bulk_bar noun='会員' shown=50 total=1204 people=True %}{% endbulk_bar %}"
    )
    assert "このページの会員50名すべてが選択されています。" in people
    assert "一覧の会員1,204名すべてを選択" in people
    assert "<button>一括タグ付け</button>" in bar
    assert "すべてを選択" not in written(
        "{% bulk_bar noun='会員' shown=5 total=5 %}{% endbulk_bar %}"
    )
