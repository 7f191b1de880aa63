"""The uploaded file: stored, read again while the import lasts, deleted a day after it is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import IO, BinaryIO, cast

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs.disk_full import store_whole_file
from members.imports.load.disk_full import refuse_on_full_disk
from members.imports.read import csv_reader, table_head
from members.imports.read.columns import list_targets
from members.imports.read.mapping import hash_header, suggest_mapping
from members.imports.read.settings import Settings
from members.models import ImportRow, MemberImport
from members.normalize.files import encodings, workbooks
from members.normalize.files.file_kinds import is_workbook
from operators import audit
from operators.models import Operator
from tenants.scope import get_current_tenant_id
from tenants.wakeups import wake

RETENTION = timedelta(hours=24)
# When an upload is deleted that nobody goes on with.
ABANDONED_AFTER = timedelta(days=7)
# Rows of a workbook that are read to find the headings.
FIRST_ROWS = csv_reader.SAMPLE * 4


def accept_upload(upload: File, operator: Operator) -> MemberImport:
    """Inspect the file, store it and guess its columns.

    Raises ValidationError with the reason when it is refused; nothing is stored then.
    """
    with refuse_on_full_disk():
        return _inspect_upload(upload, operator)


def _inspect_upload(upload: File, operator: Operator) -> MemberImport:
    file = cast(BinaryIO, upload)
    if not upload.size:
        raise csv_reader.build_empty_file_error()
    settings = Settings(xlsx=is_workbook(file))
    if settings.xlsx:
        settings.encoding = "xlsx"
        report = workbooks.WorkbookReport()
        with workbooks.convert_workbook(file, only=FIRST_ROWS, report=report) as rows:
            _store_table_head(cast(BinaryIO, rows), settings, ",")
            seen = csv_reader.estimate_row_count(cast(BinaryIO, rows))
        _store_report(settings, report)
        settings.about = seen if seen < FIRST_ROWS else 0
        return _store_upload(upload, file, operator, settings)
    settings.encoding = encodings.detect_encoding(file)
    _inspect_text(file, settings)
    return _store_upload(upload, file, operator, settings)


def _inspect_text(file: BinaryIO, settings: Settings, delimiter: str = "") -> None:
    """Read header, sample rows and about how many rows there are into ``settings``.

    ``settings.encoding`` is known already; ``delimiter``: guessed unless given.
    """
    settings.copied = not encodings.is_plain_utf8(file, settings.encoding)
    with encodings.convert_to_utf8(file, settings.encoding) as written:
        text = cast(BinaryIO, written)
        settings.delimiter = delimiter or table_head.detect_delimiter(text)
        _store_table_head(text, settings, settings.delimiter)
        seen = csv_reader.estimate_row_count(text)
        settings.about = max(seen - settings.skipped, 0)


def _store_table_head(rows: BinaryIO, settings: Settings, delimiter: str) -> None:
    """Find the headings and keep them, with a few rows below them, in ``settings``."""
    head = table_head.read_table_head(rows, delimiter)
    settings.header, settings.sample = head.header, head.sample
    settings.skipped, settings.extra = head.skipped, head.extra


def _store_report(settings: Settings, report: workbooks.WorkbookReport) -> None:
    settings.sheet, settings.sheets, settings.unsaved = (
        report.sheet,
        report.sheets,
        report.unsaved,
    )


@transaction.atomic
def read_upload_again(source: MemberImport, encoding: str, delimiter: str) -> bool:
    """Read the same upload again as the operator says, and return False when the import has gone on.

    Raises ValidationError when it is unreadable.
    """
    settings = Settings.of(source)
    there = (
        MemberImport.objects.select_for_update()
        .filter(pk=source.pk, loaded_at=None)
        .exclude(state__in=BUSY_STATES)
    )
    if settings.xlsx or not there.exists():
        return False
    with refuse_on_full_disk(), _open_file(source.path) as file:
        if not encodings.is_readable(file, encoding):
            raise ValidationError(
                _(
                    "この文字コードでは読み取れません。ほかの文字コードを選んでください。"
                ),
                code="encoding",
            )
        paths, settings.csv, settings.encoding = (
            [settings.csv] if settings.csv else [],
            "",
            encoding,
        )
        _inspect_text(file, settings, delimiter)
    settings.header_key = hash_header(settings.header)
    settings.mapping = suggest_mapping(settings.header, list_targets(), settings.sample)
    ImportRow.objects.filter(source=source)._raw_delete("default")
    source.state, source.counts, source.note, source.settings = (
        source.State.UPLOADED,
        {},
        "",
        settings.as_dict(),
    )
    source.save(update_fields=["state", "counts", "note", "settings"])
    audit.record_action("import.read_anew", source, encoding=encoding)
    transaction.on_commit(lambda: _delete_files(paths))
    return True


@transaction.atomic
def _store_upload(
    upload: File, file: BinaryIO, operator: Operator, settings: Settings
) -> MemberImport:
    settings.header_key = hash_header(settings.header)
    known = list_targets()
    settings.mapping = suggest_mapping(settings.header, known, settings.sample)
    source = MemberImport(
        name=(upload.name or "")[-200:].replace("\0", ""), operator=operator
    )
    ending = "xlsx" if settings.xlsx else "csv"
    source.path = store_whole_file(
        f"imports/{get_current_tenant_id()}/{source.public_id}.{ending}",
        cast(IO[bytes], file),
    )
    try:
        source.settings = settings.as_dict()
        source.save()
        audit.record_action(
            "import.uploaded", source, columns=len(settings.header), size=upload.size
        )
        wake(
            get_current_tenant_id(),
            "members.import_tidy",
            at=timezone.now() + ABANDONED_AFTER,
            subject=source.pk,
        )
    except BaseException:
        default_storage.delete(source.path)
        raise
    return source


@contextmanager
def open_rows_csv(source: MemberImport, settings: Settings) -> Iterator[BinaryIO]:
    """Yield the rows as CSV in UTF-8.

    The first time a workbook is unpacked and another encoding decoded. Raises ValidationError when the file is gone.
    """
    if (settings.xlsx or settings.copied) and not settings.csv:
        with _open_file(source.path) as given, _convert_to_csv(given, settings) as rows:
            name = source.path.rpartition(".")[0] + ".rows.csv"
            default_storage.delete(name)  # what a killed worker left
            settings.about = csv_reader.estimate_row_count(cast(BinaryIO, rows))
            settings.csv = store_whole_file(name, rows)
            settings.save_to(source)
    with _open_file(settings.csv or source.path) as file:
        yield file


def _convert_to_csv(file: BinaryIO, settings: Settings) -> IO[bytes]:
    if not settings.xlsx:
        return encodings.convert_to_utf8(file, settings.encoding)
    report = workbooks.WorkbookReport()
    rows = workbooks.convert_workbook(file, report=report)
    _store_report(settings, report)
    return rows


@contextmanager
def _open_file(path: str) -> Iterator[BinaryIO]:
    try:
        file = default_storage.open(path, "rb") if path else None
    except OSError:
        file = None
    if file is None:
        raise ValidationError(
            _(
                "ファイルの保存期間が過ぎたため、読み取れません。ファイルを選び直してください。"
            ),
            code="gone",
        )
    with file:
        yield cast(BinaryIO, file.file)


@transaction.atomic
def forget_import(source: MemberImport) -> None:
    """Delete the file, the rows and the samples; the numbers of the outcome stay."""
    settings = Settings.of(source)
    paths = [path for path in (source.path, settings.csv) if path]
    ImportRow.objects.filter(source=source)._raw_delete("default")
    settings.sample, settings.csv, source.path = [], "", ""
    source.settings = settings.as_dict()
    source.save(update_fields=["settings", "path"])
    audit.record_action("import.forgotten", source)
    transaction.on_commit(lambda: _delete_files(paths))


@transaction.atomic
def discard_import(source: MemberImport) -> bool:
    """Delete an import that has changed nothing, and return whether it could be: it may have begun just now."""
    there = (
        MemberImport.objects.select_for_update()
        .filter(pk=source.pk, loaded_at=None)
        .exclude(state__in=BUSY_STATES)
    )
    if not there.exists():
        return False
    paths = [path for path in (source.path, Settings.of(source).csv) if path]
    ImportRow.objects.filter(source=source)._raw_delete("default")
    audit.record_action("import.discarded", source)
    source.delete()
    transaction.on_commit(lambda: _delete_files(paths))
    return True


def clean_up_import(import_id: int) -> datetime | None:
    """Forget an import that is over for a day, or was never gone on with, and return when to look again."""
    with transaction.atomic():
        source = MemberImport.objects.filter(pk=import_id).first()
        if not source or not source.path:
            return None
        at = _get_deletion_time(source)
        if at > timezone.now() or source.state in BUSY_STATES:
            return max(at, timezone.now() + timedelta(hours=1))
        if source.state in (
            MemberImport.State.DONE,
            MemberImport.State.UNDONE,
            MemberImport.State.FAILED,
        ):
            forget_import(source)
        else:
            discard_import(source)
    return None


BUSY_STATES = (
    MemberImport.State.CHECKING,
    MemberImport.State.LOADING,
    MemberImport.State.UNDOING,
)


def _get_deletion_time(source: MemberImport) -> datetime:
    return (
        source.loaded_at + RETENTION
        if source.loaded_at
        else source.created_at + ABANDONED_AFTER
    )


def schedule_import_cleanup(source: MemberImport) -> None:
    wake(
        get_current_tenant_id(),
        "members.import_tidy",
        at=_get_deletion_time(source),
        subject=source.pk,
    )


def _delete_files(paths: list[str]) -> None:
    for path in paths:
        default_storage.delete(path)
