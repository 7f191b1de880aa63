"""The dry run: read, clean and stage the file batch by batch, then decide what each row would do. No member changes."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from jobs.models import Job
from jobs.params import read_params
from jobs.runner import JobFailed
from members.attributes.import_cells import NameWidget
from members.db import skip_disk_wait
from members.imports.check import compare, staging
from members.imports.check.clean import clean_import_column
from members.imports.check.prefetch import prefetch_items
from members.imports.read import upload
from members.imports.read.columns import CONSENT, IGNORE, Target, list_targets
from members.imports.read.csv_reader import MOST_ROWS, CsvReader, parse_header
from members.imports.read.settings import Settings
from members.imports.summaries import ImportParams
from members.models import ImportRow, MemberImport
from members.normalize.files.excel_errors import is_error_word

# Rows of one statement, and statements of one step.
BATCH_SIZE, BATCHES_PER_STEP = 20_000, 5
MOST_TAGS = 200
# Texts that stand in JSON as they are.
BARE = re.compile(r"[^\"\\\x00-\x1f\x7f\ud800-\udfff]*")


@dataclass(frozen=True)
class Batch:
    """Cleaned rows; ``ends``: the byte after them, ``row``: the number of the last record, ``last``: the file ends."""

    numbers: list[int]
    columns: dict[str, Sequence[Any]]
    ends: int
    row: int
    last: bool


def run_check_step(job: Job) -> bool:
    source = MemberImport.objects.get(pk=read_params(job, ImportParams).source)
    skip_disk_wait()
    if job.result.get("phase") == "judge":
        source.counts = compare.decide_rows(source)
        source.save(update_fields=["counts"])
        job.done = job.total
        return True
    try:
        _stage_next_batches(job, source, Settings.of(source))
    except ValidationError as refusal:
        raise JobFailed(" ".join(refusal.messages)) from refusal
    return False


def _stage_next_batches(job: Job, source: MemberImport, settings: Settings) -> None:
    """Stage the next batches of the file.

    ``job.cursor`` is the byte where they begin, result["row"] the number of the last row.
    """
    if job.cursor and _has_lost_rows(job, source):
        job.cursor, job.done, job.result = 0, 0, {}
    if not job.cursor:
        ImportRow.objects.filter(source=source)._raw_delete("default")
        settings.tags = []
    last = False
    with upload.open_rows_csv(source, settings) as file:
        made = _read_batches(
            file, settings, list_targets(), job.cursor, job.result.get("row", 1) + 1
        )
        with prefetch_items(made) as waiting:
            for batch in waiting:
                _store_batch(source, settings, batch)
                job.cursor, job.done, last = (
                    batch.ends,
                    job.done + len(batch.numbers),
                    batch.last,
                )
                job.total = max(job.total, job.done)
                if job.done > MOST_ROWS:
                    raise JobFailed(
                        _(
                            "100万行を超えるファイルは取り込めません。100万行以下に分けてください。"
                        )
                    )
                job.result = {"row": batch.row}
    if last:
        job.total, job.result = job.done, {**job.result, "phase": "judge"}
    settings.save_to(source)


def _has_lost_rows(job: Job, source: MemberImport) -> bool:
    """Return whether the database lost the rows staged so far.

    It empties unlogged tables when it comes up after a crash.
    """
    return bool(job.done) and not ImportRow.objects.filter(source=source).exists()


def _read_batches(
    file: BinaryIO, settings: Settings, known: dict[str, Target], start: int, first: int
) -> Iterator[Batch]:
    """Yield the batches of one step, from byte ``start`` on, whose first record is row ``first`` of the file."""
    reader = CsvReader(file, settings.delimiter, start, first if start else 1)
    if not start:
        parse_header(reader.take(settings.skipped + 1)[-1])
        first += settings.skipped
    for _batch in range(BATCHES_PER_STEP):
        records = reader.take(BATCH_SIZE)
        numbers, columns = _prepare_rows(settings, known, first, records)
        first += len(records)
        last = len(records) < BATCH_SIZE
        yield Batch(numbers, columns, ends=reader.offset, row=first - 1, last=last)
        if last:
            return


def _store_batch(source: MemberImport, settings: Settings, batch: Batch) -> None:
    if "tags" in batch.columns:
        batch.columns["tags"] = _encode_tags(settings, batch.columns["tags"])
    staging.stage_rows(source.pk, batch.numbers, batch.columns, settings.usable_keys)


def _prepare_rows(
    settings: Settings,
    known: dict[str, Target],
    first: int,
    records: Sequence[Sequence[str]],
) -> tuple[list[int], dict[str, Sequence[Any]]]:
    """Return (row numbers, columns of ImportRow) of the ``records`` that are not blank.

    ``first``: the row number of the first record.
    """
    width = len(settings.header)
    numbers: list[int] = []
    rows: list[Sequence[str]] = []
    errors: dict[int, list[str]] = {}
    for number, record in enumerate(records, start=first):
        if not any(record):
            continue
        if len(record) != width:
            # Excel leaves out the last cells of a row where they are blank.
            if any(record[width + settings.extra :]):
                errors[len(rows)] = ["-:ragged"]
            record = [*record, *[""] * width][:width]
        numbers.append(number)
        rows.append(record)
    columns = _clean_rows(settings, known, rows, errors)
    if errors:
        columns["errors"] = [
            " ".join(errors.get(place, ())) for place in range(len(rows))
        ]
    return numbers, columns


def _clean_rows(
    settings: Settings,
    known: dict[str, Target],
    rows: Sequence[Sequence[str]],
    errors: dict[int, list[str]],
) -> dict[str, Sequence[Any]]:
    """Return the columns of ImportRow, with the names of tags; add what is wrong to ``errors``, by place."""
    cells = list(zip(*rows, strict=True))
    columns: dict[str, Sequence[Any]] = {}
    for place, _heading, target, values in _map_columns(settings, known, cells):
        found, wrong = clean_import_column(target.widget, values)
        columns |= dict(zip(target.widget.columns, found, strict=True))
        for at, code in wrong.items():
            errors.setdefault(at, []).append(f"{place}:{code}")
    extras = {
        name.partition(":")[2]: columns.pop(name)
        for name in list(columns)
        if name.startswith("attribute:")
    }
    if extras:
        columns["extras"] = _encode_extras(extras)
    return columns


def _map_columns(
    settings: Settings, known: dict[str, Target], cells: Sequence[Sequence[str]]
) -> list[tuple[int, str, Target, Sequence[str]]]:
    """Return (place in the file, heading, target, values) of each column that is imported.

    Both halves of a name become one column.
    """
    mapping = settings.mapping or {}
    found, halves = [], {}
    for place, heading in enumerate(settings.header):
        key = mapping.get(heading, IGNORE)
        if key in CONSENT and not settings.consent:
            continue
        values = cells[place] if cells else ()
        if key in ("family", "given"):
            halves[key] = (place, heading, values)
        elif key in known:
            found.append((place, heading, known[key], values))
    if halves:
        place, heading, _values = next(iter(halves.values()))
        sides = [halves[key][2] for key in ("family", "given") if key in halves]
        names = [
            " ".join(part for part in pair if part and not is_error_word(part))
            for pair in zip(*sides, strict=True)
        ]
        found.append((place, heading, Target("name", heading, NameWidget()), names))
    return found


def _encode_tags(
    settings: Settings, rows: Sequence[tuple[str, ...]]
) -> list[str | None]:
    """Return the tag names of each row as places in ``settings.tags``, as PostgreSQL writes an array.

    New names are added to ``settings.tags``.
    """
    places = {name: place for place, name in enumerate(settings.tags)}
    written: dict[tuple[str, ...], str | None] = {(): None}
    for names in rows:
        if names not in written:
            written[names] = (
                "{"
                + ",".join(str(places.setdefault(name, len(places))) for name in names)
                + "}"
            )
    if len(places) > MOST_TAGS:
        raise JobFailed(
            _(
                "タグが%(most)s種類を超えています。タグの列の対応づけが正しいかを確かめてください。"
            )
            % {"most": MOST_TAGS}
        )
    settings.tags = list(places)
    return [written[names] for names in rows]


def _encode_extras(extras: dict[str, Sequence[Any]]) -> list[str | None]:
    """Return {"attribute id": value} of each row as JSON, None where all values are blank."""
    parts = [
        _encode_values(f"{json.dumps(key)}: ", values) for key, values in extras.items()
    ]
    if len(parts) == 1:
        return [f"{{{part}}}" if part else None for part in parts[0]]
    rows = [", ".join(filter(None, row)) for row in zip(*parts, strict=True)]
    return [f"{{{row}}}" if row else None for row in rows]


def _encode_values(head: str, values: Sequence[str | None]) -> list[str]:
    """Return ``head`` and the value as JSON writes it, an empty text where there is none."""
    if BARE.fullmatch("".join(filter(None, values))):
        return ["" if value is None else f'{head}"{value}"' for value in values]
    return [
        "" if value is None else head + json.dumps(value, ensure_ascii=False)
        for value in values
    ]
