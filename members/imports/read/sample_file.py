"""A file to begin with: headings that are understood, a note on each, and one row."""

import csv
import io
from dataclasses import dataclass

from django.utils.translation import gettext as _

from members.imports.read.columns import AttributeWidget, list_targets
from members.models import Attribute


@dataclass(frozen=True)
class Column:
    heading: str
    note: str
    example: str


def list_sample_columns() -> list[Column]:
    """Return the ordinary columns and the shop's own, as a first file has them."""
    consent = _(
        "「拒否」か「受信」。「受信設定を取り込む」をオンにしたときだけ使います。"
    )
    found = [
        Column("氏名", _("姓と名を1つの列に。「姓」と「名」の2列に分けることもできます。"), "山田 花子"),
        Column("メールアドレス", _("全角でもかまいません。既存の会員を探すときにも使います。"), "hanako@example.jp"),
        Column("電話番号", _("ハイフンはなくてもかまいません。既存の会員を探すときにも使います。"), "090-1234-5678"),
        Column("会員ID", _("書き出したファイルの会員ID（12文字）。新しい会員は空欄のままにします。"), ""),
        Column("LINEユーザーID", _("「U」で始まる33文字のID。LINEの表示名や検索用のIDではありません。"), ""),
        Column("生年月日", _("「1985/11/22」の形。年が分からないときは「11/22」だけでもかまいません。"), "1985/11/22"),
        Column("タグ", _("複数あるときは「；」か「、」で区切ります。ないタグは新しく作られます。"), "定期3回目；VIP"),
        Column("受信拒否（LINE）", consent, ""),
        Column("受信拒否（メール）", consent, "拒否"),
    ]  # fmt: skip
    return found + [
        Column(target.label, _describe_column(target.widget.attribute), "")
        for target in list_targets().values()
        if isinstance(target.widget, AttributeWidget)
    ]


def _describe_column(attribute: Attribute) -> str:
    kinds = {
        Attribute.Kind.NUMBER: _(
            "会員情報項目。「1200」のように数字だけで入力します。"
        ),
        Attribute.Kind.DATE: _("会員情報項目。「2026/11/22」の形で入力します。"),
        Attribute.Kind.CHOICE: _("会員情報項目。選択肢と同じ言葉を入力します。"),
    }
    return kinds.get(
        Attribute.Kind(attribute.kind), _("会員情報項目。500文字までの文章です。")
    )


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
            Comment(column.note, "Tsunagi", height=90, width=300),
        )
        cell.number_format = "@"
        sheet.column_dimensions[head.column_letter].width = max(
            14, 2 * len(column.heading) + 4
        )
    sheet.freeze_panes = "A2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
