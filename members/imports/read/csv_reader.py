"""Rows read from a CSV, from any place in the file: a worker goes on where the last batch of a killed one ended."""

import csv
import gc
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.files.formula_guard import BLANKS, DANGEROUS
from members.normalize.limits import LONGEST_CELL, MOST_COLUMNS

MOST_BYTES = 300 * 1024 * 1024
MOST_ROWS = 1_000_000
LONGEST_LINE = 4_000_000  # bytes; beyond this it is no table
PART = 256 * 1024
SAMPLE = 5
DELIMITERS = {
    ",": gettext_lazy("カンマ"),
    "\t": gettext_lazy("タブ"),
    ";": gettext_lazy("セミコロン"),
}
# Those that a file may name by itself in a line 「sep=|」; they are too common in texts to be guessed.
NAMED_DELIMITERS = {**DELIMITERS, "|": gettext_lazy("縦線")}
csv.field_size_limit(131_072)
# Cells before which our own CSVs put an apostrophe, so that no spreadsheet takes them for a formula.
QUOTED = re.compile(f"'[{re.escape(BLANKS)}]*[{re.escape(DANGEROUS)}\0]")


# A carriage return alone, inside a cell; at the end of a part it is the end of the last line.
LONE_CR = re.compile(r"\r(?![\n]|\Z)")
# What stands for it while the line is taken apart: half a character, which no text in UTF-8 can hold.
STAND_IN = "\udc0d"
# A line added after the last one: a record that contains it has a quote that is never closed.
END = "\x1eEND\x1e"


class CsvReader:
    """Records of a CSV from byte ``offset`` on.

    ``offset`` then is where the record after the last one begins, ``row`` its number as a spreadsheet counts. Lines are
    handed on by the thousand: one by one they took a fifth of the time of reading and cleaning.
    """

    def __init__(
        self, file: BinaryIO, delimiter: str, offset: int = 0, row: int = 1
    ) -> None:
        file.seek(offset)
        self.file, self.row, self.ended = file, row, False
        # The current part, the byte where it begins, and how many lines came before it.
        self.part, self.begins, self.before = b"", offset, 0
        self.has_stand_ins = False
        self.records = csv.reader(
            chain.from_iterable(self.parts()), delimiter=delimiter
        )

    @property
    def offset(self) -> int:
        """The byte where the next record begins.

        The csv module asks for a line only when it needs one, so the lines it asked for end there.
        """
        taken = self.part.split(b"\n")[
            : self.records.line_num - self.before - self.ended
        ]
        # The last line of a file may have no line end.
        return self.begins + min(sum(map(len, taken)) + len(taken), len(self.part))

    def parts(self) -> Iterator[Iterable[str]]:
        while part := self.file.read(PART):
            part += self.file.readline(LONGEST_LINE)
            if (
                len(part) >= LONGEST_LINE
                and max(map(len, part.split(b"\n"))) >= LONGEST_LINE
            ):
                raise csv.Error("line")
            self.begins, self.before = (
                self.begins + len(self.part),
                self.records.line_num,
            )
            self.part = part
            # Line ends stay as they are, and no other character counts as one.
            text = part.decode("utf-8-sig" if self.begins == 0 else "utf-8")
            yield io.StringIO(self._replace_lone_returns(text), newline="\n")
        self.ended = True
        yield [END]

    def _replace_lone_returns(self, text: str) -> str:
        """Replace each carriage return that ends no line: the csv module takes it for the end of a record."""
        if "\r" not in text or not LONE_CR.search(text):
            return text
        self.has_stand_ins = True
        return LONE_CR.sub(STAND_IN, text)

    def _restore_returns(self, records: list[list[str]]) -> list[list[str]]:
        """Return the records with a line break in the cells where a carriage return stood."""
        if not self.has_stand_ins:
            return records
        return [[cell.replace(STAND_IN, "\n") for cell in each] for each in records]

    def take(self, count: int) -> list[list[str]]:
        """Return the next ``count`` records, fewer at the end of the file.

        A blank line is an empty record. Raises ValidationError for a cell that does not end.
        """
        found: list[list[str]] = []
        try:
            with _pause_garbage_collection():
                found.extend(islice(self.records, count))
        except csv.Error as error:
            raise _build_too_long_error(self.row + len(found)) from error
        if self.ended and found and found.pop() != [END]:
            raise _build_unclosed_error(self.row + len(found))
        self.row += len(found)
        return self._restore_returns(found)


@contextmanager
def _pause_garbage_collection() -> Iterator[None]:
    """Pause garbage collection for the block.

    Thousands of lists are then looked through once, not again with each seven hundred that are added.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _build_too_long_error(row: int) -> ValidationError:
    return ValidationError(
        _(
            '%(row)s行目に、長すぎて読み取れないセルがあります（%(most)s文字まで）。引用符（"）の閉じ忘れがないかを確かめ、長い文章は取り込む列から外してください。'
        )
        % {"row": f"{row:,}", "most": f"{LONGEST_CELL:,}"},
        code="cell",
    )


def _build_unclosed_error(row: int) -> ValidationError:
    return ValidationError(
        _(
            '%(row)s行目の引用符（"）が閉じられていないため、そのあとの行を読み取れません。その行の引用符を閉じるか削除して、ファイルを選び直してください。'
        )
        % {"row": f"{row:,}"},
        code="unclosed",
    )


def _list_report_headings() -> set[str]:
    """Return what our own file of wrong rows calls its last column, in every language."""
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(_("エラー内容"))
    return found


def read_names(record: Sequence[str]) -> list[str]:
    names = [" ".join(strip_apostrophe(name).split()) for name in record]
    while names and not names[-1]:
        names.pop()
    return names


def _is_report_header(record: Sequence[str]) -> bool:
    """Return whether this is the header of our own file of wrong rows, corrected and uploaded again."""
    return (
        read_names(record)[-1:] != []
        and read_names(record)[-1] in _list_report_headings()
    )


def parse_header(record: Sequence[str]) -> list[str]:
    """Return the names of the columns; one without a name is called by its number.

    エラー内容, the last column of our own file of wrong rows, is left out. Raises ValidationError when there are no
    names, too many, or two alike.
    """
    names = read_names(record)[: -1 if _is_report_header(record) else None]
    if not any(names):
        raise ValidationError(
            _(
                "1行目に見出しがありません。1行目に「氏名」「メールアドレス」などの列の名前を入れてください。"
            ),
            code="header",
        )
    if len(names) > MOST_COLUMNS:
        raise ValidationError(
            _(
                "列が%(count)s列あります。取り込めるのは%(most)s列までです。使わない列を削除してください。"
            )
            % {"count": len(names), "most": MOST_COLUMNS},
            code="columns",
        )
    if twice := next(
        (name for at, name in enumerate(names) if name and name in names[:at]), ""
    ):
        raise ValidationError(
            _(
                "見出し「%(name)s」の列が2つ以上あります。どちらかの名前を変えるか、削除してください。"
            )
            % {"name": twice},
            code="twice",
        )
    return [
        name or _make_column_name(place, names)
        for place, name in enumerate(names, start=1)
    ]


def _make_column_name(place: int, names: Sequence[str]) -> str:
    words = {"number": place}
    name = _("%(number)s列目") % words
    return name if name not in names else _("%(number)s列目（見出しなし）") % words


def count_extra_columns(record: Sequence[str]) -> int:
    """Return how many columns stand after the header's and are no part of the table."""
    return int(_is_report_header(record))


def require_rows(records: Sequence[Sequence[str]]) -> list[list[str]]:
    rows = [
        [strip_apostrophe(cell)[:200] for cell in record]
        for record in records
        if any(record)
    ][:SAMPLE]
    if not rows:
        raise ValidationError(
            _("見出しの行しかありません。2行目から会員を1行に1名ずつ入れてください。"),
            code="no_rows",
        )
    return rows


def build_empty_file_error() -> ValidationError:
    return ValidationError(
        _("ファイルが空です。会員の入ったCSVかExcelファイルを選んでください。"),
        code="empty",
    )


def strip_apostrophe(cell: str) -> str:
    """Return the cell without the one apostrophe that our own files put before what looks like a formula."""
    return cell[1:] if cell.startswith("'") and QUOTED.match(cell) else cell


def estimate_row_count(file: BinaryIO) -> int:
    """Estimate the number of rows: lines less the header.

    Cells of several lines make it too high; reading corrects it.
    """
    file.seek(0)
    lines, last = 0, b"\n"
    while chunk := file.read(1 << 20):
        lines, last = lines + chunk.count(b"\n"), chunk
    return max(lines - 1 + (not last.endswith(b"\n")), 0)
