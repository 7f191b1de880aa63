"""A file to begin with: headings that are understood, a note on each, and one row."""

import csv
import io
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from members.attributes.file_words import EXAMPLES
from members.attributes.kinds import get_kind
from members.attributes.member_field import LazyText
from members.imports.read.columns import COLUMNS, AttributeWidget, list_targets


@dataclass(frozen=True)
class Column:
    heading: str
    note: LazyText
    example: str


def list_sample_columns() -> list[Column]:
    """Return the ordinary columns and the shop's own, as a first file has them."""
    with translation.override("ja"):
        found = [
            Column(str(column.label), column.note, EXAMPLES.get(column.key, ""))
            for column in COLUMNS.values()
            if column.note
        ]
    return found + [
        Column(target.label, get_kind(target.widget.attribute).import_note, "")
        for target in list_targets().values()
        if isinstance(target.widget, AttributeWidget)
    ]


def build_sample_csv() -> bytes:
    """Return the file as CSV in UTF-8 with BOM, so that Excel reads it."""
    text, found = io.StringIO(), list_sample_columns()
    csv.writer(text).writerows(
        [[column.heading for column in found], [column.example for column in found]]
    )
    return text.getvalue().encode("utf-8-sig")


def build_sample_xlsx() -> bytes:
    """Return the file for Excel, with a comment on each heading about what goes below it.

    Every cell is text, so that no number loses its zero.
    """
    from openpyxl import Workbook  # half a second and 30 MB, only when it is asked for
    from openpyxl.comments import Comment
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = _("会員")
    for place, column in enumerate(list_sample_columns(), start=1):
        head, cell = (
            sheet.cell(1, place, column.heading),
            sheet.cell(2, place, column.example or None),
        )
        head.font, head.comment = (
            Font(bold=True),
            Comment(str(column.note), "Tsunagi", height=90, width=300),
        )
        cell.number_format = "@"
        sheet.column_dimensions[head.column_letter].width = max(
            14, 2 * len(column.heading) + 4
        )
    sheet.freeze_panes = "A2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
