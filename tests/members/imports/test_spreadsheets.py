"""Files as spreadsheets write them: days, zeros, titles, separators, formulas, short rows."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from members.models import (
    Attribute,
    AttributeValue,
    ImportRow,
    Member,
    MemberImport,
    MemberTag,
)
from members.tags.names import get_or_create_tag
from tenants.models import Tenant
from tests.members.imports.conftest import page, upload

Check = Callable[..., MemberImport]
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
# Styles 0…7: plain, 平成 (a day in Japanese Excel, without a code in the file), a day, 00000, 000-0000, day and time,
# another 平成, Excel's own 郵便番号.
STYLES = (
    '<numFmts count="3"><numFmt numFmtId="176" formatCode="00000"/><numFmt numFmtId="177" formatCode="000\\-0000"/>'
    '<numFmt numFmtId="178" formatCode="[&lt;=999]000;[&lt;=9999]000\\-00;000\\-0000"/>'
    "</numFmts><cellXfs>"
    + "".join(
        f'<xf numFmtId="{number}"/>' for number in (0, 31, 14, 176, 177, 22, 57, 178)
    )
    + "</cellXfs>"
)


def text(words: str) -> str:
    return f'<c t="inlineStr"><is><t xml:space="preserve">{words}</t></is></c>'


def number(value: float | str, style: int = 0) -> str:
    return f'<c s="{style}"><v>{value}</v></c>'


def row(*cells: str, at: int = 0) -> str:
    place = f' r="{at}"' if at else ""
    return f"<row{place}>{''.join(cells)}</row>"


def book(*sheets: str, hidden: int = 0, names: str = SPREADSHEET) -> bytes:
    """A workbook of sheets, given as rows of XML; the first ``hidden`` of them are hidden."""
    states = [
        'state="hidden"' if place < hidden else "" for place in range(len(sheets))
    ]
    listed = "".join(
        f'<sheet name="S{n}" sheetId="{n}" {state} r:id="r{n}"/>'
        for n, state in enumerate(states, start=1)
    )
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
        f'"application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{main}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{main}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Type="{RELATIONS}'
        '/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{names}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{relations}<Relationship '
        f'Id="s" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{SPREADSHEET}">{STYLES}</styleSheet>',
    } | {
        f"xl/worksheets/sheet{n}.xml": f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{rows}</sheetData></worksheet>'
        for n, rows in enumerate(sheets, start=1)
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package_file:
        for name, content in parts.items():
            package_file.writestr(name, content)
    return out.getvalue()


HEADER = row(text("氏名"), text("メール"))


def staged(source: MemberImport, *names: str) -> list[Any]:
    return list(
        ImportRow.objects.filter(source=source).order_by("number").values_list(*names)
    )


def make_attribute(name: str, kind: str) -> Attribute:
    return Attribute.objects.create(name=name, name_key=name, kind=kind)


def values_of(attribute: Attribute) -> list[Any]:
    column = "text" if attribute.kind == "choice" else attribute.kind
    found = AttributeValue.objects.filter(attribute=attribute).order_by("member_id")
    return list(found.values_list(column, flat=True))


def test_cells_are_read_as_excel_shows_them(
    sakura: Tenant, loaded: Callable[..., MemberImport]
) -> None:
    note, zip_code = make_attribute("備考", "text"), make_attribute("郵便番号", "text")
    day, points = make_attribute("入会日", "date"), make_attribute("点数", "number")
    header = row(*map(text, ("メール", "備考", "郵便番号", "入会日", "点数")))
    rows = [
        (number(46113, 1), number(123, 3), number(46113, 2), number(123, 3)),
        (number(46113, 6), number(1500001, 4), number(46113.375, 5), number("1.5")),
        ('<c t="e"><v>#N/A</v></c>', number(123456, 3), number(46113, 1), text("")),
        (number("123.0", 3), number(600001, 7), number(46113, 2), text("")),
        (text("一行目_x000D_\n二行目 _x005F_x000D_"), text("#REF!"), text("2026/4/1(水)"), text("")),
    ]  # fmt: skip
    cells = "".join(
        row(text(f"a{n}@example.jp_x000D_"), *each) for n, each in enumerate(rows)
    )
    source = loaded(book(header + cells), name="会員.xlsx")
    assert source.counts["new"] == 5
    assert list(Member.objects.order_by("pk").values_list("email_key", flat=True)) == [
        f"a{n}@example.jp" for n in range(5)
    ]
    assert values_of(note) == [
        "2026-04-01",
        "2026-04-01",
        "00123",
        "一行目\n二行目 _x000D_",
    ]
    assert values_of(zip_code) == ["00123", "150-0001", "123456", "060-0001"]
    assert [str(each) for each in values_of(day)] == ["2026-04-01"] * 5
    assert values_of(points) == [123.0, 1.5]


def test_a_day_is_never_a_number(sakura: Tenant, checked: Check) -> None:
    make_attribute("点数", "number")
    rows = row(text("メール"), text("点数")) + row(
        text("a@example.jp"), number(46113, 1)
    )
    source = checked(book(rows), name="会員.xlsx")
    assert staged(source, "verdict", "errors") == [("wrong", "1:number")]


def test_the_first_sheet_that_is_not_hidden(
    sakura: Tenant, ed: Client, checked: Check
) -> None:
    hidden = row(text("コード"), text("値")) + row(text("x"), text("y"))
    seen = HEADER + row(text("見える人"), text("a@example.jp"))
    source = checked(book(hidden, seen, hidden=1), name="会員.xlsx")
    assert staged(source, "name", "verdict") == [("見える人", "new")]
    assert (source.settings["sheet"], source.settings["sheets"]) == ("S2", 2)
    assert (
        "シート「S2」を読み取りました"
        in ed.get(page(source, "columns/")).content.decode()
    )


def test_a_styled_cell_in_the_last_row_is_no_row(
    sakura: Tenant, checked: Check
) -> None:
    stray = row('<c r="A1048576" s="0"/>', at=1_048_576)
    source = checked(
        book(HEADER + row(text("一人"), text("a@example.jp")) + stray), name="会員.xlsx"
    )
    assert (source.counts["new"], source.settings["about"]) == (1, 1)


def test_formulas_without_a_value_are_told_once(
    sakura: Tenant, ed: Client, checked: Check
) -> None:
    formulas = "".join(
        row(
            "<c><f>A1</f></c>",
            text(f"a{n}@example.jp"),
            '<c t="str"><f>B1</f><v></v></c>',
            "<c><f>C1</f><v></v></c>" if n % 2 else "<c><f>C1</f><v/></c>",
        )
        for n in range(15)
    )
    source = checked(book(HEADER + formulas), name="会員.xlsx")
    assert (source.counts["new"], source.settings["unsaved"]) == (15, 30)
    assert ed.get(page(source)).content.decode().count("数式のセルが30個") == 1


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_headings_below_a_title(
    sakura: Tenant, ed: Client, checked: Check, kind: str
) -> None:
    rows = row(text("2026年11月 会員名簿")) + row(text(""), at=2) + HEADER
    people = row(text("題"), text("a@example.jp")) + row(text("目"), text("nobody"))
    lines = "2026年11月 会員名簿\r\n\r\n氏名,メール\r\n題,a@example.jp\r\n目,nobody\r\n"
    source = checked(
        book(rows + people) if kind == "xlsx" else lines, name=f"会員.{kind}"
    )
    assert staged(source, "number", "name", "verdict") == [
        (4, "題", "new"),
        (5, "目", "wrong"),
    ]
    assert "見出しは3行目から読み取りました" in ed.get(page(source)).content.decode()
    wrong = b"".join(ed.post(page(source, "wrong/")).streaming_content).decode(
        "utf-8-sig"
    )
    assert wrong.splitlines()[0] == "氏名,メール,エラー内容"
    assert wrong.splitlines()[1].startswith("目,nobody,")


@pytest.mark.parametrize(
    "title",
    [
        "会員名簿,作成日 2026/11/22\r\n",
        "会員名簿,作成日,2026/11/22\r\n\r\n",
        "一覧,,\r\n店,繋ぎ商店\r\n",
    ],
)
def test_headings_below_a_title_of_several_cells(
    sakura: Tenant, checked: Check, title: str
) -> None:
    source = checked(f"{title}氏名,メール\r\n題,a@example.jp\r\n")
    assert staged(source, "name", "verdict") == [("題", "new")]


def test_a_row_of_values_is_no_heading(sakura: Tenant, ed: Client) -> None:
    """かな is a heading and a name."""
    upload(ed, "呼び名,連絡先\r\nさくら,a@example.jp\r\nかな,b@example.jp\r\n".encode())
    source = MemberImport.objects.get()
    assert (source.settings["skipped"], source.settings["header"]) == (
        0,
        ["呼び名", "連絡先"],
    )


def test_old_mac_lines_with_one_line_feed_at_the_end(
    sakura: Tenant, checked: Check
) -> None:
    source = checked("氏名,メール\r一,a@example.jp\r二,b@example.jp\n")
    assert staged(source, "name", "verdict") == [("一", "new"), ("二", "new")]


def test_ids_of_a_cart_are_not_taken_from_the_last_mapping(
    sakura: Tenant, ed: Client, checked: Check
) -> None:
    """Headings that were mapped before, with values that are none of ours now."""
    member = Member.objects.create(name="前の人")
    checked(f"会員ID,メール\r\n{member.public_id},a@example.jp\r\n")
    assert sorted(MemberImport.objects.get().settings["mapping"].values()) == [
        "email",
        "id",
    ]
    upload(ed, "会員ID,メール\r\n1,a@example.jp\r\n2,b@example.jp\r\n".encode())
    again = MemberImport.objects.order_by("pk").last()
    assert again and again.settings["mapping"] == {
        "会員ID": "ignore",
        "メール": "email",
    }


@pytest.mark.parametrize("typed", ["1.200,50", "1,2,3"])
def test_what_is_no_number_is_wrong(sakura: Tenant, checked: Check, typed: str) -> None:
    make_attribute("点数", "number")
    source = checked(f'メール,点数\r\na@example.jp,"{typed}"\r\n')
    assert staged(source, "verdict", "errors") == [("wrong", "1:number")]


@pytest.mark.parametrize(
    "lines",
    [
        "sep=,\r\n氏名,メール\r\n区切,a@example.jp\r\n",
        "sep=|\r\n氏名|メール\r\n区切|a@example.jp\r\n",
        "sep=;\r\n氏名;メール\r\n区切;a@example.jp\r\n",
        "SEP=\t\r\n氏名\tメール\r\n区切\ta@example.jp\r\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_a_line_that_names_the_separator(
    sakura: Tenant, checked: Check, lines: str, encoding: str
) -> None:
    source = checked(lines.encode(encoding))
    assert staged(source, "number", "name", "verdict") == [(3, "区切", "new")]


def test_a_carriage_return_alone_is_a_line_break_in_the_cell(
    sakura: Tenant, loaded: Callable[..., MemberImport]
) -> None:
    note = make_attribute("メモ", "text")
    loaded(
        "氏名,メール,メモ\r\n改行一,a@example.jp,前\r後\r\n改行二,b@example.jp,x\r\n"
    )
    assert values_of(note) == ["前\n後", "x"]


def test_missing_cells_at_the_end_are_blank(sakura: Tenant, checked: Check) -> None:
    make_attribute("備考", "text")
    source = checked(
        "氏名,メール,備考\r\n一,a@example.jp\r\n二,b@example.jp,あり\r\n三,c@example.jp,,,\r\n"
    )
    assert staged(source, "name", "verdict") == [
        ("一", "new"),
        ("二", "new"),
        ("三", "new"),
    ]


def test_days_as_programs_and_people_write_them(
    sakura: Tenant, loaded: Callable[..., MemberImport]
) -> None:
    joined = make_attribute("入会日", "date")
    days = ["2026-04-01 00:00:00", "2026/4/1 9:30", "令和8年4月1日", "2026-04-01T00:00:00+09:00",
            "2026-03-31T15:00:00Z", "0000-00-00 00:00:00", "#N/A"]  # fmt: skip
    born = ["昭和60年11月22日", "S60.11.22", "S60/11/22", "1985/11/22 00:00:00", "1985/11/22(金)", "1985年11月22日",
            "0000-00-00"]  # fmt: skip
    rows = "".join(
        f"a{n}@example.jp,{day},{birth}\r\n"
        for n, (day, birth) in enumerate(zip(days, born, strict=True))
    )
    source = loaded(f"メール,入会日,生年月日\r\n{rows}")
    assert source.counts["new"] == 7
    assert [str(day) for day in values_of(joined)] == ["2026-04-01"] * 5
    births = Member.objects.order_by("pk").values_list("birthday", flat=True)
    assert [str(birth) for birth in births] == ["1985-11-22"] * 6 + ["None"]


@pytest.mark.parametrize(
    "word",
    [
        "#N/A",
        "#REF!",
        "#DIV/0!",
        " #NAME? ",
        "#n/a",
        "＃Ｎ／Ａ",
        "#VALUE!",
        "#NULL!",
        "#NUM!",
    ],
)
def test_no_error_of_excel_is_a_value(
    sakura: Tenant, loaded: Callable[..., MemberImport], word: str
) -> None:
    note = make_attribute("備考", "text")
    loaded(
        f"メール,備考,姓,名,タグ\r\na@example.jp,{word},{word},花子,{word}\r\n{word},x,,,\r\n"
    )
    member = Member.objects.get()
    assert (member.name, values_of(note), MemberTag.objects.count()) == ("花子", [], 0)


def test_tags_with_a_separator_in_their_name_and_on_lines(
    sakura: Tenant, loaded: Callable[..., MemberImport]
) -> None:
    for name in ("美容,健康", "美容", "A|B、C"):
        get_or_create_tag(name)
    loaded(
        "メール,タグ\r\n"
        'a@example.jp,"美容,健康"\r\n'
        'b@example.jp,"VIP、美容,健康、新規"\r\n'
        'c@example.jp,"VIP\n新規\r\n美容"\r\n'
        "d@example.jp,A|B、C\r\n"
        'e@example.jp,"美容,新規"\r\n'
    )
    tags = {
        member.email_key[0]: sorted(
            member.member_tags.values_list("tag__name", flat=True)
        )
        for member in Member.objects.all()
    }
    assert tags == {
        "a": ["美容,健康"],
        "b": ["VIP", "新規", "美容,健康"],
        "c": ["VIP", "新規", "美容"],
        "d": ["A|B、C"],
        "e": ["新規", "美容"],
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html><body><table><tr><td>a", "HTML（ウェブページ）の表です"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html><table>", "HTML（ウェブページ）の表です"),
        ("\ufeff<html xmlns:x='x'>".encode("utf-16-le"), "HTML（ウェブページ）の表です"),
        (b'<?xml version="1.0"?><A xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "XMLスプレッドシート"),
        (book(HEADER, names="http://purl.oclc.org/ooxml/spreadsheetml/main"), "「Strict Open XML」形式"),
        (b'<?xml version="1.0" encoding="utf-8"?>\n<html xmlns="x"><body>', "HTML（ウェブページ）の表です"),
        (b"<div>\n<table border=1>", "HTML（ウェブページ）の表です"),
        (b"From: <Excel>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n", "HTML（ウェブページ）の表です"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "古い形式かパスワードの付いたExcelファイルです"),
    ],
    ids=["html", "doctype", "utf-16", "xml", "strict", "xhtml", "div", "mht", "old"],
)  # fmt: skip
def test_other_formats_are_called_what_they_are(
    sakura: Tenant, ed: Client, data: bytes, words: str
) -> None:
    answer = upload(ed, data, "会員.xls")
    assert answer.status_code == 422
    assert words in answer.content.decode()
