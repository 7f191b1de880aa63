"""A case as a PDF, or as a zip of that and its pictures: what was asked, found, decided and done, step by step.

The font is one of the readers' own Japanese fonts (CID), so that the file stays small.
"""

import io
from collections.abc import Iterable
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import (
    Flowable,
    Image,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from console.templatetags.kit import format_moment
from operators import audit
from rpa.models import CancellationRequest
from rpa.requests.describe import Entry, Fact, describe_facts, list_pictured_entries

FONT = "HeiseiKakuGo-W5"
MARGIN = 18 * mm
TEXT = ParagraphStyle("text", fontName=FONT, fontSize=9.5, leading=15, wordWrap="CJK")
TITLE = ParagraphStyle("title", parent=TEXT, fontSize=15, leading=22, spaceAfter=8)
HEADING = ParagraphStyle(
    "heading", parent=TEXT, fontSize=11.5, leading=18, spaceBefore=10, spaceAfter=4
)


@transaction.atomic
def export_case(request: CancellationRequest, kind: str = "pdf") -> bytes:
    """Return the case as a "pdf" or "zip", once the audit log says who took it."""
    audit.record_action("rpa.exported", request, kind=kind)
    entries = list_pictured_entries(request)
    pdf = render_case(
        _("%(kind)sの申請") % {"kind": request.get_kind_display()},
        describe_facts(request),
        entries,
    )
    return pack_case(pdf, entries) if kind == "zip" else pdf


def pack_case(pdf: bytes, entries: Iterable[Entry]) -> bytes:
    """Return a zip of the PDF and of each picture as it was taken, numbered as the steps are."""
    target = io.BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as packed:
        packed.writestr("case.pdf", pdf)
        for number, entry in enumerate(entries, 1):
            if entry.png:
                packed.writestr(f"{number:03}-{entry.at:%Y%m%dT%H%M%SZ}.png", entry.png)
    return target.getvalue()


def render_case(title: str, facts: Iterable[Fact], entries: Iterable[Entry]) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    made = _("%(at)s 作成") % {"at": format_moment(timezone.now())}
    parts: list[Flowable] = [write_line(title, TITLE), write_line(made)]
    parts.append(write_line(_("申請の内容"), HEADING))
    parts.append(build_table([(fact.label, fact.value) for fact in facts]))
    parts.append(write_line(_("対応の記録"), HEADING))
    for entry in entries:
        at = format_moment(entry.at)
        text = f"{entry.title} {entry.text}".strip()
        parts.append(build_table([(f"{at} {entry.who}", text)]))
        if entry.png:
            parts.append(scale_picture(entry.png))
        parts.append(Spacer(1, 1.5 * mm))
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        title=title,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
    )
    document.build(parts)
    return target.getvalue()


def scale_picture(png: bytes) -> Image:
    """Return the picture as wide as the page, or as high as half of it."""
    return Image(
        io.BytesIO(png),
        width=A4[0] - 2 * MARGIN,
        height=A4[1] / 2,
        kind="proportional",
    )


def write_line(text: str, style: ParagraphStyle = TEXT) -> Paragraph:
    return Paragraph(escape(text), style)


def build_table(rows: Iterable[tuple[str, str]]) -> Table:
    """Return two columns: what it is, and what it says."""
    cells = [[write_line(label), write_line(value)] for label, value in rows]
    return Table(
        cells,
        colWidths=[52 * mm, A4[0] - 2 * MARGIN - 52 * mm],
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.3, "#cccccc"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ],
    )
