"""What stands in an exported file."""

import io
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime

import openpyxl
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from jobs.files.formula_guard import (
    BLANKS,
    DANGEROUS,
    HARMLESS,
    SAFE_PARAMS,
    SAFE_SQL,
    escape_formula,
)
from jobs.models import Job
from members.exports import query
from members.exports.columns import list_export_columns
from members.models import Attribute, AttributeValue, Member, TagBatch
from members.normalize.phones import format_national_phone
from members.tags import assign
from members.tags.names import get_or_create_tag
from tenants.models import Tenant
from tests.members.exports.conftest import table, unpacked

Export = Callable[..., Job]


@given(
    st.text(
        st.one_of(
            st.sampled_from(DANGEROUS + BLANKS + "'\0a1あ"),
            st.characters(codec="utf-8"),
        )
    )
)
def test_at_most_one_quote_more(text: str) -> None:
    first = next((sign for sign in text if sign not in BLANKS), "")
    assert (
        escape_formula(text)
        == ("'" if first and first in DANGEROUS + "\0" else "") + text
    )


def test_postgresql_guards_as_python_does(db: None) -> None:
    """Every sign that matters, the neighbours of what is taken for harmless, and all of these behind a blank."""
    edges = [chr(code + by) for code in HARMLESS for by in (-1, 0, 1)]
    signs = [*DANGEROUS, *BLANKS, *edges, "", *"a1あ漢ｱ😀'"]
    cells = [
        *signs,
        *(sign + "=" for sign in signs),
        *(" \u200d" + sign for sign in signs),
    ]
    guard = SAFE_SQL.format("cell")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {guard} FROM unnest(%s::text[]) WITH ORDINALITY AS c(cell, n) ORDER BY n",
            [*SAFE_PARAMS, cells],
        )
        assert [cell for (cell,) in cursor.fetchall()] == [
            escape_formula(cell) for cell in cells
        ]


@pytest.mark.parametrize("many", [1, 1_000])
def test_every_kind_of_column(
    sakura: Tenant, exported: Export, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """Joined for everybody at once, or looked up for each."""
    monkeypatch.setattr(query, "MANY", many)
    member = Member.objects.create(
        name="山田 花子",
        email="hanako@example.jp",
        phone="０９０１２３４１４２０",
        phone_e164="+819012341420",
        birthday=date(1985, 11, 22),
        birth_md=1122,
        link_state="linked",
        line_state="friend",
        line_name="はな",
        line_user_id="U1",
        known_at=datetime(2026, 11, 22, 5, 30, tzinfo=UTC),
        known_by="form",
        mail_optout_at=datetime(2026, 11, 1, tzinfo=UTC),
        mail_optout_by="import",
    )
    other = Member.objects.create(name="名無し", birth_md=229)
    for name in ("VIP", "定期"):
        assign.tag_members(
            get_or_create_tag(name),
            Member.objects.filter(pk=member.pk),
            TagBatch.Source.OPERATOR,
        )
    size = Attribute.objects.create(
        name="サイズ", name_key="サイズ", kind="choice", choices=["M", "L"]
    )
    points = Attribute.objects.create(name="点数", name_key="点数", kind="number")
    Attribute.objects.create(
        name="古い",
        name_key="古い",
        kind="text",
        archived_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    AttributeValue.objects.create(attribute=size, member=member, text="L")
    AttributeValue.objects.create(attribute=points, member=member, number=-3.5)

    job = exported(list(list_export_columns()))
    heading, first, second = table(unpacked(job.files.get()))
    assert "古い" not in heading
    rows = [
        {k: v for k, v in zip(heading, row, strict=True) if v}
        for row in (first, second)
    ]
    created = rows[1]["登録日"]
    assert rows == [
        {
            "会員ID": other.public_id,
            "氏名": "名無し",
            "生年月日": "02/29",
            "連携状態": "未回答",
            "友だち": "友だちでない",
            "訪問回数": "0",
            "セッション数": "0",
            "登録日": created,
        },
        {
            "会員ID": member.public_id,
            "氏名": "山田 花子",
            "電話番号": "090-1234-1420",
            "メールアドレス": "hanako@example.jp",
            "生年月日": "1985/11/22",
            "連携状態": "連携済み",
            "友だち": "友だち",
            "タグ": "VIP、定期",
            "LINE名": "はな",
            "LINEユーザーID": "U1",
            "認知日時": "2026/11/22 14:30",
            "認知のきっかけ": "フォーム",
            "メールの受信拒否": "2026/11/01 09:00",
            "メールの受信拒否のきっかけ": "取り込み",
            "訪問回数": "0",
            "セッション数": "0",
            "登録日": created,
            "サイズ": "L",
            "点数": "-3.5",
        },
    ]
    assert (job.result["rows"], job.done, job.total, job.secret) == (2, 2, 2, "")


def test_columns_stand_in_the_order_asked_for(sakura: Tenant, exported: Export) -> None:
    Member.objects.create(name="花子", email="h@example.jp")
    content = unpacked(exported(["email", "name"]).files.get())
    assert content == "\ufeffメールアドレス,氏名\r\nh@example.jp,花子\r\n".encode()


def test_what_looks_like_a_formula_gets_a_quote_in_csv_only(
    sakura: Tenant, exported: Export
) -> None:
    names = [
        "=1+1",
        "＝HYPERLINK(1)",
        " \u3000@x",
        "\tx",
        "-5",
        "'=1",
        "普通",
        '"引用",と\n改行',
        "|calc",
    ]
    people = [Member.objects.create(name=name) for name in names]
    _heading, *rows = table(unpacked(exported(["name"]).files.get()))
    assert [row[0] for row in rows] == [
        escape_formula(person.name) for person in reversed(people)
    ]
    assert (
        sum(row[0] != name for row, name in zip(rows, reversed(names), strict=True))
        == 6
    )


def test_nothing_unseen_hides_a_formula() -> None:
    """Whatever Unicode calls a control, a format or a blank, and the fillers: also several, before every sign."""
    unseen = [
        chr(code)
        for code in range(1, 0x110000)
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Zs", "Zl", "Zp")
    ]
    unseen += ["\u034f", "\u115f", "\u1160", "\u2800", "\u3164", "\uffa0", "\ufe0f"]
    unseen += map(
        chr, [*range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)]
    )  # ignorable, though nothing has them yet
    assert len(unseen) > 4_000
    for sign in unseen:
        for dangerous in "=＝":
            text = f"{sign}{dangerous}1+1"
            assert escape_formula(text) == f"'{text}", f"U+{ord(sign):04X}"
    assert escape_formula("\u2066\u00ad\u2060=1") == "'\u2066\u00ad\u2060=1"
    for plain in ("普通", "ㅤ普通", "\u00ad山田", "a\u200b=1"):
        assert escape_formula(plain) == plain


def test_the_database_sees_them_too(sakura: Tenant, exported: Export) -> None:
    names = [
        f"{sign}=1+1"
        for sign in "\u00ad\u2066\u2060\u180e\u3164\u2800\x1b\x7f\ufff0\U000e0000\U000e0fff"
    ]
    for name in names:
        Member.objects.create(name=name)
    _heading, *rows = table(unpacked(exported(["name"]).files.get()))
    assert sorted(row[0] for row in rows) == sorted(f"'{name}" for name in names)


def test_xlsx_holds_text_only(sakura: Tenant, exported: Export, cast: object) -> None:
    for name in ("=1+1", "https://example.jp/", "0012"):
        Member.objects.create(name=name, phone_e164="+819012341420")
    job = exported(["name", "phone"], "xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(unpacked(job.files.get()))).active
    assert [[cell.value for cell in row] for row in sheet] == [
        ["氏名", "電話番号"],
        ["0012", "090-1234-1420"],
        ["https://example.jp/", "090-1234-1420"],
        ["=1+1", "090-1234-1420"],
    ]
    assert {(cell.data_type, cell.hyperlink) for row in sheet for cell in row} == {
        ("s", None)
    }


NUMBERS = [
    "+819012341420", "+81312345678", "+81612345678", "+81451234567", "+81120123456", "+81126712345", "+815012345678",
    "+81997112345", "+81570012345", "+818001234567", "+16502530000",
]  # fmt: skip


def test_phones_as_everybody_writes_them(sakura: Tenant, exported: Export) -> None:
    people = [Member.objects.create(phone_e164=number) for number in NUMBERS]
    _heading, *rows = table(unpacked(exported(["phone"]).files.get()))
    expected = [
        format_national_phone(p.phone_e164)
        if p.phone_e164.startswith("+81")
        else "'" + p.phone_e164
        for p in people
    ]
    assert [row[0] for row in reversed(rows)] == expected


def test_many_members_have_their_tags_joined(
    sakura: Tenant, exported: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [Member.objects.create(name=f"{n}") for n in range(3)]
    for name in ("b", "a"):
        assign.tag_members(
            get_or_create_tag(name),
            Member.objects.exclude(pk=people[1].pk),
            TagBatch.Source.OPERATOR,
        )
    monkeypatch.setattr(query, "MANY", 1)
    assert table(unpacked(exported(["name", "tags"]).files.get()))[1:] == [
        ["2", "a、b"],
        ["1", ""],
        ["0", "a、b"],
    ]


def test_two_columns_of_one_name_are_told_apart(
    sakura: Tenant, exported: Export
) -> None:
    attribute = Attribute.objects.create(name="氏名", name_key="氏名", kind="text")
    Member.objects.create(name="花子")
    rows = table(
        unpacked(exported(["name", f"attribute:{attribute.public_id}"]).files.get())
    )
    assert rows == [["氏名", "氏名（2）"], ["花子", ""]]
