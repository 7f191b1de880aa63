from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from members.conditions import search
from members.conditions.search import (
    SearchTerms,
    build_search_q,
    get_search_text,
    is_search_too_common,
    save_search_text,
)
from members.models import Member, MemberName
from members.normalize.kanji_variants import VARIANTS
from members.normalize.names import normalize_name
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast


def person(name: str, **values: Any) -> Member:
    return Member.objects.create(name=name, name_key=normalize_name(name), **values)


def found(text: str) -> list[str]:
    return list(
        Member.objects.filter(build_search_q(text))
        .order_by("pk")
        .values_list("name", flat=True)
    )


@pytest.fixture
def people(sakura: Tenant) -> None:
    person(
        "髙橋　花子",
        email_key="hanako@example.jp",
        phone_e164="+819012345678",
        line_user_id="U" + "a1" * 16,
    )
    person("田中 太郎", line_name="たろう☆ﾀﾅｶ", phone_e164="+81312345679")
    person("渡邉 はるか", line_name="Ｈａｒｕ", email_key="haruka@example.jp")
    person("林")
    person("李　安", public_id="bcdf23456789")


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("高橋", ["髙橋　花子"]), ("髙橋", ["髙橋　花子"]), ("高 橋花", ["髙橋　花子"]), ("橋花子", ["髙橋　花子"]),
        ("花子", ["髙橋　花子"]), ("高花", []), ("渡辺ハルカ", ["渡邉 はるか"]), ("ﾊﾙｶ", ["渡邉 はるか"]),
        ("はる", ["渡邉 はるか"]), ("タロウ", ["田中 太郎"]), ("たなか", ["田中 太郎"]), ("haru", ["渡邉 はるか"]),
        ("ＨＡＲＵＫＡ＠", ["渡邉 はるか"]), ("hanako@example.jp", ["髙橋　花子"]), ("example", []),
        ("林", ["林"]), ("田", ["田中 太郎"]), ("子", []), ("た", ["田中 太郎"]),
        ("090-1234-5678", ["髙橋　花子"]), ("０９０１２３", ["髙橋　花子"]), ("+819012345678", ["髙橋　花子"]),
        ("9012345678", ["髙橋　花子"]), ("5678", ["髙橋　花子"]), ("1234-5678", ["髙橋　花子"]),
        ("03 1234", ["田中 太郎"]), ("1234", []), ("090", ["髙橋　花子"]), ("Ua1a1", ["髙橋　花子"]),
        ("U" + "a1" * 16, ["髙橋　花子"]),
        ("bcdf23456789", ["李　安"]), ("BCDF2345", ["李　安"]), ("%_", []), ("\0", []), ("-", []),
    ],
)  # fmt: skip
def test_what_is_found(people: None, typed: str, names: list[str]) -> None:
    if typed.strip("\0"):
        assert found(typed) == names


@pytest.mark.parametrize(
    "typed",
    ["高橋", "ハルカ", "田", "た", "090", "5678", "haruka", "Ua1a1", "bcdf2345", "zzz"],
)
def test_spelt_out_it_is_the_same_question(
    people: None, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = found(typed)
    monkeypatch.setattr(search, "find_member_ids", lambda words: None)
    assert found(typed) == names


def test_more_than_a_page_can_count(
    people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST", 1)
    assert (is_search_too_common("090"), is_search_too_common("はる")) == (False, False)
    person("渡邉 はるき")
    assert is_search_too_common("はる")
    assert found("はる") == ["渡邉 はるか", "渡邉 はるき"]


def test_nothing_typed_is_everybody(people: None) -> None:
    assert len(found("")) == len(found(" 　")) == 5


def test_names_follow_every_change(sakura: Tenant) -> None:
    one, other = person("山田"), person("川田", line_name="かわ")
    Member.objects.filter(pk=one.pk).update(name_key="中田", line_name="ナカ")
    Member.objects.filter(pk=other.pk).update(link_state="known")
    assert dict(MemberName.objects.values_list("member_id", "text")) == {
        one.pk: "中田\nナカ",
        other.pk: "川田\nカワ",
    }
    assert (found("中田"), found("山田"), found("なか")) == (["山田"], [], ["山田"])
    Member.objects.filter(pk=one.pk)._raw_delete("default")
    assert list(MemberName.objects.values_list("member_id", flat=True)) == [other.pk]


def test_the_database_folds_names_as_we_do(sakura: Tenant) -> None:
    names = [
        "ﾀﾞｲｽｹ ﾊﾟｸ",
        "Ａｂｃ・ＤＥＦ",
        "か\u3099き",
        "㈱さくら",
        "髙\ufe00橋\u200b",
        "🌸はな🌸",
        "O’Neil-Smith",
    ]
    names += [
        "".join(map(chr, list(VARIANTS)[start : start + 50]))
        for start in range(0, len(VARIANTS), 50)
    ]
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("SELECT members_name_key(%s)", [name])
            assert cursor.fetchone() == (normalize_name(name),)


def test_only_the_shops_own(cast: Cast) -> None:
    with open_tenant_scope(cast.momiji):
        person(
            "髙橋 他店",
            email_key="taten@example.jp",
            phone_e164="+819012345678",
            public_id="bcdf23456789",
        )
    with open_tenant_scope(cast.sakura):
        for typed in ("高橋", "高", "taten", "090-1234", "5678", "bcdf23456789"):
            assert found(typed) == []
            assert search.find_member_ids(SearchTerms.of(typed)) == "{}"
        assert MemberName.objects.count() == 0


def test_no_shop_is_an_error(cast: Cast) -> None:
    for setting in ("", None):
        with (
            pytest.raises(DatabaseError, match="No shop is set"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            if setting is not None:
                cursor.execute(
                    "SELECT set_config('app.tenant_id', %s, true)", [setting]
                )
            cursor.execute("SELECT members_search('高橋', '', '', '', '', 10)")


def test_what_was_typed_is_kept_under_a_key(sakura: Tenant) -> None:
    assert get_search_text(save_search_text(" 髙橋 ")) == "髙橋"
    assert save_search_text(" ") == get_search_text("") == get_search_text("gone") == ""


def test_a_word_that_too_many_share_is_not_counted(
    people: None, vic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST", 1)
    person("渡邉 はるき")
    page = vic.get(f"/t/sakura/members/?s={save_search_text('はる')}").context
    assert [tab.count for tab in page["tabs"]] == [None] * 5
    assert (page["page"].total, [member.name for member in page["page"].rows]) == (
        None,
        ["渡邉 はるき", "渡邉 はるか"],
    )
    page = vic.get(f"/t/sakura/members/?s={save_search_text('花子')}").context
    assert ([tab.count for tab in page["tabs"]], page["page"].total) == (
        [1, 1, 0, 0, 0],
        1,
    )


def test_a_page_asks_the_search_once(
    people: None, vic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[SearchTerms] = []
    monkeypatch.setattr(
        search, "_query_member_ids", lambda words: asked.append(words) or "{}"
    )
    for times in (1, 2):
        vic.get(f"/t/sakura/members/?s={save_search_text('はる')}")
        assert asked == [SearchTerms.of("はる")] * times
