"""From the file to the members."""

import csv
import datetime as dt
import io
from collections.abc import Callable

import pytest
from django.test import Client

from members.models import (
    Attribute,
    AttributeValue,
    IdentityRecord,
    Member,
    MemberImport,
    MemberTag,
)
from tenants.models import Tenant
from tests.conftest import Cast
from tests.members.imports.conftest import page

Load = Callable[..., MemberImport]
PEOPLE = (
    "氏名,メールアドレス,電話番号,生年月日,タグ\r\n"
    "山田 花子,hanako@example.jp,090-1234-5678,1985/11/22,定期3回目；VIP\r\n"
    "髙橋　次郎,JIRO@example.jp,０３−１２３４−５６７８,,VIP\r\n"
)


def counts(source: MemberImport) -> dict[str, int]:
    return {name: number for name, number in source.counts.items() if number}


def test_new_members_with_answers_and_tags(
    sakura: Tenant, cast: Cast, loaded: Load
) -> None:
    source = loaded(PEOPLE)
    assert (source.state, counts(source)) == ("done", {"new": 2})
    hanako, jiro = Member.objects.order_by("email_key")
    assert (
        hanako.name,
        hanako.name_key,
        hanako.email_key,
        hanako.phone_e164,
        hanako.birthday,
        hanako.birth_md,
    ) == (
        "山田 花子",
        "山田花子",
        "hanako@example.jp",
        "+819012345678",
        dt.date(1985, 11, 22),
        1122,
    )
    assert (jiro.name, jiro.name_key, jiro.email, jiro.email_key, jiro.phone_e164) == (
        "髙橋 次郎",
        "高橋次郎",
        "JIRO@example.jp",
        "jiro@example.jp",
        "+81312345678",
    )
    assert (hanako.link_state, hanako.known_by, hanako.known_at) == (
        "known",
        "import",
        source.loaded_at,
    )
    record = IdentityRecord.objects.get(member=hanako)
    assert (record.source, record.operator, record.origin, record.received_at) == (
        "import",
        cast.ed,
        "会員.csv",
        source.loaded_at,
    )
    assert sorted(MemberTag.objects.values_list("tag__name", "member__email_key")) == [
        ("VIP", "hanako@example.jp"),
        ("VIP", "jiro@example.jp"),
        ("定期3回目", "hanako@example.jp"),
    ]


def test_undo(sakura: Tenant, ed: Client, loaded: Load) -> None:
    source = loaded(PEOPLE)
    ed.post(page(source, "undo/"))
    source.refresh_from_db()
    assert (source.state, source.counts["removed"]) == ("undone", 2)
    assert not Member.objects.filter(deleted_at=None).exists()


def test_changes_only_what_the_row_says(
    sakura: Tenant, ed: Client, loaded: Load
) -> None:
    """Blank cells erase nothing; the same file again changes nothing; taking back shows what was before."""
    loaded(PEOPLE)
    source = loaded(
        "氏名,メールアドレス,電話番号,生年月日,タグ\r\n,hanako@example.jp,080-1111-2222,,休眠\r\n"
    )
    assert counts(source) == {"changed": 1}
    hanako = Member.objects.get(email_key="hanako@example.jp")
    assert (hanako.name, hanako.phone_e164, hanako.birth_md) == (
        "山田 花子",
        "+818011112222",
        1122,
    )
    assert hanako.answered_at == source.loaded_at > hanako.known_at
    newest = IdentityRecord.objects.filter(member=hanako).order_by("-pk")[0]
    assert (newest.name, newest.email, newest.phone) == ("", "", "080-1111-2222")
    assert counts(loaded(PEOPLE.replace("090-1234-5678", "080-1111-2222"))) == {
        "same": 2
    }
    ed.post(page(source, "undo/"))
    source.refresh_from_db()
    hanako.refresh_from_db()
    assert (hanako.phone_e164, hanako.answered_at) == ("+819012345678", hanako.known_at)
    assert sorted(hanako.member_tags.values_list("tag__name", flat=True)) == [
        "VIP",
        "定期3回目",
    ]
    assert source.counts["restored"] == 1


@pytest.mark.parametrize(
    ("cell", "born", "birth_md"),
    [
        ("11/22", dt.date(1985, 11, 22), 1122),
        ("11月23日", dt.date(1985, 11, 23), 1123),
        ("2/29", None, 229),
        ("1986/11/22", dt.date(1986, 11, 22), 1122),
    ],
)
def test_a_day_without_its_year_keeps_the_year_that_is_known(
    sakura: Tenant,
    ed: Client,
    loaded: Load,
    cell: str,
    born: dt.date | None,
    birth_md: int,
) -> None:
    """1985 had no 29 February. Taking back shows the day before the import."""
    was = {"birthday": dt.date(1985, 11, 22), "birth_md": 1122}
    member = Member.objects.create(
        email="a@example.jp", email_key="a@example.jp", **was
    )
    source = loaded(f"メール,生年月日\r\na@example.jp,{cell}\r\n")
    member.refresh_from_db()
    assert (member.birthday, member.birth_md) == (born, birth_md)
    assert counts(source) == ({"same": 1} if cell == "11/22" else {"changed": 1})
    ed.post(page(source, "undo/"))
    member.refresh_from_db()
    assert {"birthday": member.birthday, "birth_md": member.birth_md} == was


def test_columns_without_a_heading_are_told_apart(sakura: Tenant, loaded: Load) -> None:
    source = loaded(
        ",メール,,3列目,\r\n山田,a@example.jp,090-1111-2222,x,\r\n",
        c0="name",
        c2="phone",
        c3="ignore",
    )
    assert source.settings["header"] == [
        "1列目",
        "メール",
        "3列目（見出しなし）",
        "3列目",
    ]
    assert source.settings["mapping"] == {
        "1列目": "name",
        "メール": "email",
        "3列目（見出しなし）": "phone",
        "3列目": "ignore",
    }
    assert list(Member.objects.values_list("name", "phone_e164")) == [
        ("山田", "+819011112222")
    ]


def test_signs_that_the_way_into_the_database_has_for_itself(
    sakura: Tenant, loaded: Load
) -> None:
    """Backslashes, tabs and breaks are letters like others in a cell, and what reads like a blank is none."""
    Attribute.objects.create(name="メモ", name_key="メモ", kind="text")
    memos = {
        "a": "\\N",
        "b": "C:\\tmp\\new",
        "c": "\\.",
        "d": "一\t二",
        "e": "一\n二",
        "f": '"引用"',
        "g": "\\",
    }
    text = io.StringIO()
    csv.writer(text).writerows(
        [
            ("氏名", "メールアドレス", "メモ"),
            *((rf"\N{key}", f"{key}@b.jp", memo) for key, memo in memos.items()),
        ]
    )
    loaded(text.getvalue())
    found = AttributeValue.objects.values_list("member__name", "member__email", "text")
    assert {email[0]: (name, memo) for name, email, memo in found} == {
        key: (rf"\N{key}", memo) for key, memo in memos.items()
    }


def test_of_two_files_with_one_person_the_second_finds_who_came_with_the_first(
    sakura: Tenant, ed: Client, checked: Load
) -> None:
    """Both were checked before either was loaded, and somebody with a later number came in between."""
    first = checked("氏名,メールアドレス\r\n山田,a@b.jp\r\n")
    Member.objects.create(name="佐藤", name_key="佐藤")
    second = checked("氏名,メールアドレス\r\n山田,a@b.jp\r\n鈴木,c@d.jp\r\n")
    assert (counts(first), counts(second)) == ({"new": 1}, {"new": 2})
    for source in (first, second):
        ed.post(page(source, "load/"))
        source.refresh_from_db()
    assert (counts(first), counts(second)) == ({"new": 1}, {"new": 1, "same": 1})
    assert sorted(Member.objects.values_list("name", flat=True)) == [
        "佐藤",
        "山田",
        "鈴木",
    ]
