import csv
import io
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from members.attributes.import_cells import (
    CellWidget,
    EmailWidget,
    LineWidget,
    NameWidget,
    OptoutWidget,
    PhoneWidget,
)
from members.imports.check.clean import (
    clean_import_cell,
    clean_import_column,
    get_error_code,
    list_stable_letters,
)
from members.imports.check.staging import generate_public_ids
from members.imports.pages import escape_formula
from members.imports.read import csv_reader, table_head
from members.imports.read.columns import AttributeWidget
from members.models import Attribute
from members.normalize.files import encodings
from members.normalize.names import normalize_name
from tenants.fields import ALPHABET

CELL = st.text(
    st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30
)


@given(
    st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=30),
    st.sampled_from(",\t;"),
    st.integers(1, 9),
    st.integers(1, 90),
    st.booleans(),
)
def test_any_text_comes_back_batch_by_batch(
    rows: list[list[str]], delimiter: str, batch: int, part: int, ended: bool
) -> None:
    """Each batch goes on at the byte where the last one ended, wherever the file was cut to be read; the last line may
    have no end. Who reads on without a break is at the same byte."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    data = text.getvalue().encode()[: None if ended else -2]
    file, found, offset = io.BytesIO(data), [], 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_reader, "PART", part)
        on = csv_reader.CsvReader(io.BytesIO(data), delimiter)
        while True:
            reader = csv_reader.CsvReader(file, delimiter, offset)
            records = reader.take(batch)
            assert (on.take(batch), on.offset) == (records, reader.offset)
            if not records:
                break
            found, offset = found + records, reader.offset
    assert offset == len(data)
    assert [
        [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row]
        for row in found
    ] == [
        [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row] for row in rows
    ]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "euc_jp"]
)
def test_the_encoding_is_found(encoding: str) -> None:
    text = f"氏名,メール\r\n{'高崎' if encoding == 'euc_jp' else '髙﨑'} 花子,hanako@example.jp\r\n"
    file = io.BytesIO(text.encode(encoding))
    found = encodings.detect_encoding(file)
    with encodings.convert_to_utf8(file, found) as utf8:
        assert (found, utf8.read().decode("utf-8-sig")) == (encoding, text)


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [
        ("a,b;c,d", ","),
        ("a\tb\tc", "\t"),
        ("a;b;c", ";"),
        ('"a,b,c,d";e', ";"),
        ("a", ","),
        ("sep=;\r\na,b;c,d,e", ";"),
        ('"sep=\t"\r\na', "\t"),
        ("2026年11月 名簿\r\n\r\n氏名;メール\r\n", ";"),
    ],
)
def test_the_delimiter_is_found(line: str, delimiter: str) -> None:
    assert table_head.detect_delimiter(io.BytesIO(line.encode())) == delimiter


def test_lines_of_old_macs() -> None:
    with encodings.convert_to_utf8(
        io.BytesIO(b"name,email\ra,a@example.jp\r"), "utf-8"
    ) as file:
        head = table_head.read_table_head(file, ",")
        assert (head.header, head.sample) == (
            ["name", "email"],
            [["a", "a@example.jp"]],
        )


@given(CELL)
def test_our_own_apostrophe_and_no_other_is_taken_away(cell: str) -> None:
    assert csv_reader.strip_apostrophe(escape_formula(cell)) in (
        cell,
        csv_reader.strip_apostrophe(cell),
    )
    assert csv_reader.strip_apostrophe("'" + cell) in (cell, "'" + cell)


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        " =1+1",
        "＝1",
        "@a",
        "-1",
        "\t=1",
        "−1",
        "\u200b=1",
        "\ufeff=1",
        "\u3000＝1",
    ],
)
def test_formulas_are_made_safe_and_come_back(cell: str) -> None:
    assert (
        escape_formula(cell)[0],
        csv_reader.strip_apostrophe(escape_formula(cell)),
    ) == ("'", cell)


STEADY = list_stable_letters()
NAMES = st.text(
    st.sampled_from(STEADY[:200] + STEADY[-200:] + " 髙あ＝-\n"), min_size=1, max_size=8
)
COLUMNS = [
    (NameWidget(), NAMES | st.just("佐" * 101)),
    (PhoneWidget(), st.from_regex(r"[=']?\+?(0[3-9]0?|81)-?[0-9]{3,4}-?[0-9]{4}", fullmatch=True) | CELL),
    (EmailWidget(), st.emails() | st.from_regex(r"'?[a-z-]{1,3}@(a-)?[a-z](\.jp|\.test| )", fullmatch=True) | CELL),
    (LineWidget(), st.sampled_from(["U" + "0f" * 16, "U" + "0F" * 16, "U1", "", "\nU" + "0f" * 16])),
    (AttributeWidget(Attribute(tenant_id=1, pk=1, kind="text")), CELL | st.sampled_from(["a ", "ー" * 1_001])),
    (AttributeWidget(Attribute(tenant_id=1, pk=1, kind="number")), st.sampled_from(["1,200", "x", "", "１２"])),
    (OptoutWidget("mail_optout"), st.sampled_from(["拒否", "", "x", "受信"])),
]  # fmt: skip


@pytest.mark.parametrize(("widget", "cells"), COLUMNS)
@given(data=st.data())
def test_a_whole_column_is_cleaned_as_cell_by_cell(
    widget: CellWidget, cells: Any, data: Any
) -> None:
    values = data.draw(st.lists(cells | st.just(""), max_size=6))
    columns, errors = clean_import_column(widget, values)
    expected, wrong = [], {}
    for place, value in enumerate(values):
        try:
            expected.append(clean_import_cell(widget, value))
        except ValidationError as error:
            expected.append(widget.blank)
            wrong[place] = get_error_code(error)
    assert errors == wrong
    assert [tuple(row) for row in zip(*columns, strict=True)] == expected
    assert all(normalize_name(char) == char for char in STEADY[:50])


def test_public_ids_by_the_thousand() -> None:
    ids = generate_public_ids(2_000)
    assert (len(set(ids)), {len(one) for one in ids}) == (2_000, {12})
    assert set("".join(ids)) == set(ALPHABET)
