"""Which kind of file somebody chose, by its first bytes: a workbook, text, or something else under such a name."""

import re
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
HEAD = 2_000  # bytes
HTML = re.compile(
    rb"\s*(?:<(?:!--.*?--|\?xml[^>]*\?)>\s*)*"
    rb"<(?:!doctype html|html|head|meta|title|link|style|script|body|table|div|center|font|span|p)\b",
    re.I | re.S,
)
# A page saved with all its parts (.mht), which Excel also calls .xls.
MHTML = re.compile(
    rb"\s*(?:[a-z][a-z-]*:[^\n]*\n){0,20}(?:mime-version:|content-type:\s*multipart/)",
    re.I,
)
XML_TABLE = b"urn:schemas-microsoft-com:office:spreadsheet"
# Excel's own line for the separator; it may be quoted.
SEPARATOR_LINE = re.compile(r"\ufeff?\"?sep=(.)\"?\s*", re.IGNORECASE)
BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def is_workbook(file: BinaryIO) -> bool:
    """Return whether the first bytes are those of an Excel file.

    Raise ValidationError for what many systems and Excel itself also call .xls: its old or encrypted format, a page of
    HTML, and a table in XML.
    """
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if head.startswith(OLE):
        raise ValidationError(
            _(
                "古い形式かパスワードの付いたExcelファイルです。パスワードを外し、「.xlsx」で保存し直してください。"
            ),
            code="old_excel",
        )
    text = head.replace(b"\0", b"") if head.startswith(BOMS) else head
    for bom in BOMS:
        text = text.removeprefix(bom)
    if HTML.match(text) or MHTML.match(text):
        raise ValidationError(
            _(
                "Excelファイルではなく、HTML（ウェブページ）の表です。Excelで開き、「Excelブック（.xlsx）」で保存し直してください。"
            ),
            code="html",
        )
    if XML_TABLE in text and text.lstrip().startswith(b"<?xml"):
        raise ValidationError(
            _(
                "「XMLスプレッドシート2003」形式のファイルです。Excelで開き、「Excelブック（.xlsx）」で保存し直してください。"
            ),
            code="xml",
        )
    return head.startswith(ZIP)
