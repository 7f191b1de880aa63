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

from jobs.disk_full import keep_whole
from members.imports.load.disk_full import room_needed
from members.imports.read import csv_reader, encodings
from members.imports.read.columns import targets
from members.imports.read.mapping import header_key, mapping_for
from members.imports.read.settings import Settings
from members.models import ImportRow, MemberImport
from members.normalize import workbooks
from operators import audit
from operators.models import Operator
from tenants.scope import current_tenant_id
from tenants.wakeups import wake

KEPT = timedelta(hours=24)
# When an upload is deleted that nobody goes on with.
ABANDONED = timedelta(days=7)


def take_in(upload: File, operator: Operator) -> MemberImport:
    """Inspect the file, store it and guess its columns.

    Raises ValidationError with the reason when it is refused; nothing is stored then.
    """
    with room_needed():
        return looked_over(upload, operator)


def looked_over(upload: File, operator: Operator) -> MemberImport:
    file = cast(BinaryIO, upload)
    if not upload.size:
        raise csv_reader.empty()
    settings = Settings(xlsx=encodings.is_xlsx(file))
    if settings.xlsx:
        settings.encoding = "xlsx"
        with workbooks.as_csv(file, only=csv_reader.SAMPLE * 4) as rows:
            settings.header, settings.sample = csv_reader.first_rows(
                cast(BinaryIO, rows), ","
            )
            settings.extra = csv_reader.extra_columns(cast(BinaryIO, rows), ",")
            seen = csv_reader.rows_in(cast(BinaryIO, rows))
        settings.about = seen if seen < csv_reader.SAMPLE * 4 else 0
        return keep(upload, file, operator, settings)
    settings.encoding = encodings.encoding_of(file)
    look_over(file, settings)
    return keep(upload, file, operator, settings)


def look_over(file: BinaryIO, settings: Settings, delimiter: str = "") -> None:
    """Read header, sample rows and about how many rows there are into ``settings``.

    ``settings.encoding`` is known already; ``delimiter``: guessed unless given.
    """
    settings.copied = not encodings.is_plain(file, settings.encoding)
    with encodings.as_utf8(file, settings.encoding) as written:
        text = cast(BinaryIO, written)
        settings.delimiter = delimiter or csv_reader.delimiter_of(text)
        settings.header, settings.sample = csv_reader.first_rows(
            text, settings.delimiter
        )
        settings.extra = csv_reader.extra_columns(text, settings.delimiter)
        settings.about = csv_reader.rows_in(text)


@transaction.atomic
def read_anew(source: MemberImport, encoding: str, delimiter: str) -> bool:
    """Read the same upload again as the operator says, and return False when the import has gone on.

    Raises ValidationError when it is unreadable.
    """
    settings = Settings.of(source)
    there = (
        MemberImport.objects.select_for_update()
        .filter(pk=source.pk, loaded_at=None)
        .exclude(state__in=BUSY)
    )
    if settings.xlsx or not there.exists():
        return False
    with room_needed(), opened(source.path) as file:
        if not encodings.readable(file, encoding):
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
        look_over(file, settings, delimiter)
    settings.header_key = header_key(settings.header)
    settings.mapping = mapping_for(settings.header, targets())
    ImportRow.objects.filter(source=source)._raw_delete("default")
    source.state, source.counts, source.note, source.settings = (
        source.State.UPLOADED,
        {},
        "",
        settings.as_dict(),
    )
    source.save(update_fields=["state", "counts", "note", "settings"])
    audit.record("import.read_anew", source, encoding=encoding)
    transaction.on_commit(lambda: delete_files(paths))
    return True


@transaction.atomic
def keep(
    upload: File, file: BinaryIO, operator: Operator, settings: Settings
) -> MemberImport:
    settings.header_key = header_key(settings.header)
    known = targets()
    settings.mapping = mapping_for(settings.header, known)
    source = MemberImport(
        name=(upload.name or "")[-200:].replace("\0", ""), operator=operator
    )
    ending = "xlsx" if settings.xlsx else "csv"
    source.path = keep_whole(
        f"imports/{current_tenant_id()}/{source.public_id}.{ending}",
        cast(IO[bytes], file),
    )
    try:
        source.settings = settings.as_dict()
        source.save()
        audit.record(
            "import.uploaded", source, columns=len(settings.header), size=upload.size
        )
        wake(
            current_tenant_id(),
            "members.import_tidy",
            at=timezone.now() + ABANDONED,
            subject=source.pk,
        )
    except BaseException:
        default_storage.delete(source.path)
        raise
    return source


@contextmanager
def opened_csv(source: MemberImport, settings: Settings) -> Iterator[BinaryIO]:
    """Yield the rows as CSV in UTF-8.

    The first time a workbook is unpacked and another encoding decoded. Raises ValidationError when the file is gone.
    """
    if (settings.xlsx or settings.copied) and not settings.csv:
        with opened(source.path) as given, rows_of(given, settings) as rows:
            name = source.path.rpartition(".")[0] + ".rows.csv"
            default_storage.delete(name)  # what a killed worker left
            settings.about = csv_reader.rows_in(cast(BinaryIO, rows))
            settings.csv = keep_whole(name, rows)
            settings.keep(source)
    with opened(settings.csv or source.path) as file:
        yield file


def rows_of(file: BinaryIO, settings: Settings) -> IO[bytes]:
    return (
        workbooks.as_csv(file)
        if settings.xlsx
        else encodings.as_utf8(file, settings.encoding)
    )


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
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
def forget(source: MemberImport) -> None:
    """Delete the file, the rows and the samples; the numbers of the outcome stay."""
    settings = Settings.of(source)
    paths = [path for path in (source.path, settings.csv) if path]
    ImportRow.objects.filter(source=source)._raw_delete("default")
    settings.sample, settings.csv, source.path = [], "", ""
    source.settings = settings.as_dict()
    source.save(update_fields=["settings", "path"])
    audit.record("import.forgotten", source)
    transaction.on_commit(lambda: delete_files(paths))


@transaction.atomic
def discard(source: MemberImport) -> bool:
    """Delete an import that has changed nothing, and return whether it could be: it may have begun just now."""
    there = (
        MemberImport.objects.select_for_update()
        .filter(pk=source.pk, loaded_at=None)
        .exclude(state__in=BUSY)
    )
    if not there.exists():
        return False
    paths = [path for path in (source.path, Settings.of(source).csv) if path]
    ImportRow.objects.filter(source=source)._raw_delete("default")
    audit.record("import.discarded", source)
    source.delete()
    transaction.on_commit(lambda: delete_files(paths))
    return True


def tidy(import_id: int) -> datetime | None:
    """Forget an import that is over for a day, or was never gone on with, and return when to look again."""
    with transaction.atomic():
        source = MemberImport.objects.filter(pk=import_id).first()
        if not source or not source.path:
            return None
        at = forget_at(source)
        if at > timezone.now() or source.state in BUSY:
            return max(at, timezone.now() + timedelta(hours=1))
        if source.state in (
            MemberImport.State.DONE,
            MemberImport.State.UNDONE,
            MemberImport.State.FAILED,
        ):
            forget(source)
        else:
            discard(source)
    return None


BUSY = (
    MemberImport.State.CHECKING,
    MemberImport.State.LOADING,
    MemberImport.State.UNDOING,
)


def forget_at(source: MemberImport) -> datetime:
    return (
        source.loaded_at + KEPT if source.loaded_at else source.created_at + ABANDONED
    )


def tidy_after(source: MemberImport) -> None:
    wake(
        current_tenant_id(),
        "members.import_tidy",
        at=forget_at(source),
        subject=source.pk,
    )


def delete_files(paths: list[str]) -> None:
    for path in paths:
        default_storage.delete(path)
