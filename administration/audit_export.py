"""The audit log as a file: what the page's filters show, at most so many lines, for who has shown who it is."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from administration.audit_texts import AuditLine
from console.pager import count_up_to
from jobs.files.formula_guard import escape_formula
from operators import audit
from operators.models import AuditEntry

MOST_LINES = 50_000
BATCH = 2_000


def write_audit_file(
    rows: QuerySet[AuditEntry], reason: str, filters: dict[str, str]
) -> IO[bytes]:
    """Return an open CSV file (UTF-8 with a mark) of these lines, the newest first, after a line of its own in the log.

    ``filters``: what the list was narrowed by, as it stands in the address. Raise ValidationError for too many lines.
    """
    total = count_up_to(rows, MOST_LINES)
    if total > MOST_LINES:
        raise ValidationError(
            _(
                "一度に書き出せるのは%(most)s件までです。日付などで絞り込んでから、もう一度書き出してください。"
            )
            % {"most": f"{MOST_LINES:,}"},
            code="most",
        )
    newest = rows.order_by("-at", "-pk").iterator(chunk_size=BATCH)
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the answer closes it)
    file.write(b"\xef\xbb\xbf")
    write_lines(list_cells(newest), file)
    audit.record_action("audit.exported", reason=reason, count=total, filters=filters)
    file.seek(0)
    return file


def list_cells(rows: Iterable[AuditEntry]) -> Iterator[list[str]]:
    """Yield the headings, then the cells of each line."""
    yield [
        _("日時"),
        _("操作"),
        _("結果"),
        _("実行した人"),
        _("ログインID"),
        _("対象"),
        _("変更前"),
        _("変更後"),
        _("内容"),
        _("実行元"),
        _("接続元"),
    ]
    for entry in rows:
        line = AuditLine(entry)
        before, after = line.change or ("", "")
        yield [
            f"{timezone.localtime(entry.at):%Y/%m/%d %H:%M:%S}",
            line.action,
            str(entry.get_result_display()),
            entry.operator.name if entry.operator else str(_("システム")),
            entry.operator.login_id if entry.operator else "",
            entry.target,
            before,
            after,
            " / ".join(f"{name}: {text}" for name, text in line.details),
            line.source,
            entry.address or "",
        ]


def write_lines(lines: Iterable[list[str]], file: IO[bytes]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    for cells in lines:
        writer.writerow([escape_formula(cell) for cell in cells])
    text.detach()
