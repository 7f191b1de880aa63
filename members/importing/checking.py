"""The dry run: read, clean and stage the file batch by batch, then say what each row would do. No member changes."""

import json
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

from console.jobs import JobFailed
from console.models import Job
from members.importing import judging, keeping, staging
from members.importing.cleaning import clean_column
from members.importing.columns import IGNORE, NameWidget, Target, targets
from members.importing.reading import MOST_ROWS, Reader, header_of
from members.importing.settings import Settings
from members.models import ImportRow, MemberImport

BATCH = 20_000
MOST_TAGS = 200


def step(job: Job) -> bool:
    source = MemberImport.objects.get(pk=job.params["import"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    if job.result.get("phase") == "judge":
        source.counts = judging.judge(source)
        source.save(update_fields=["counts"])
        job.done = job.total
        return True
    try:
        read(job, source, Settings.of(source))
    except ValidationError as refusal:
        raise JobFailed(" ".join(refusal.messages)) from refusal
    return False


def read(job: Job, source: MemberImport, settings: Settings) -> None:
    """The next batch of the file; ``job.cursor`` is the byte where it begins, result["row"] the last row's number."""
    if job.cursor and lost(job, source):
        job.cursor, job.done, job.result = 0, 0, {}
    if not job.cursor:
        ImportRow.objects.filter(source=source)._raw_delete("default")
        settings.tags = []
    with keeping.opened_csv(source, settings) as file:
        reader = Reader(file, settings.delimiter, job.cursor)
        row = job.result.get("row", 1)
        if not job.cursor:
            header_of(reader.take(1)[0])
        records = reader.take(BATCH)
    stage(source, settings, row + 1, records)
    job.cursor, row = reader.offset, row + len(records)
    job.done += sum(1 for record in records if any(record))
    job.total = max(job.total, job.done)
    if job.done > MOST_ROWS:
        raise JobFailed(_("100万行を超えるファイルは取り込めません。100万行以下に分けてください。"))
    job.result = {"row": row, **({"phase": "judge"} if len(records) < BATCH else {})}
    if len(records) < BATCH:
        job.total = job.done
    settings.keep(source)


def lost(job: Job, source: MemberImport) -> bool:
    """Whether the database lost the rows staged so far: it empties unlogged tables when it comes up after a crash."""
    return bool(job.done) and not ImportRow.objects.filter(source=source).exists()


def stage(source: MemberImport, settings: Settings, first: int, records: Sequence[Sequence[str]]) -> None:
    """Clean ``records``, of which the first is row ``first`` of the file, and keep them."""
    width = len(settings.header)
    numbers: list[int] = []
    rows: list[Sequence[str]] = []
    errors: dict[int, list[str]] = {}
    for number, record in enumerate(records, start=first):
        if not any(record):
            continue
        if len(record) != width:
            if any(record[width:]) or len(record) < width:
                errors[len(rows)] = ["-:ragged"]
            record = [*record, *[""] * width][:width]
        numbers.append(number)
        rows.append(record)
    columns = cleaned(settings, rows, errors)
    if errors:
        columns["errors"] = [" ".join(errors.get(place, ())) for place in range(len(rows))]
    staging.put(source.pk, numbers, columns, settings.usable_keys)


def cleaned(
    settings: Settings, rows: Sequence[Sequence[str]], errors: dict[int, list[str]]
) -> dict[str, Sequence[Any]]:
    """The columns of ImportRow; what is wrong is added to ``errors``, by place."""
    known, cells = targets(), list(zip(*rows, strict=True))
    columns: dict[str, Sequence[Any]] = {}
    for place, _heading, target, values in parts(settings, known, cells):
        found, wrong = clean_column(target.widget, values)
        columns |= dict(zip(target.widget.columns, found, strict=True))
        for at, code in wrong.items():
            errors.setdefault(at, []).append(f"{place}:{code}")
    if "tags" in columns:
        columns["tags"] = placed(settings, columns["tags"])
    extras = {name.partition(":")[2]: columns.pop(name) for name in list(columns) if name.startswith("attribute:")}
    if extras:
        columns["extras"] = as_json(extras)
    return columns


def parts(
    settings: Settings, known: dict[str, Target], cells: Sequence[Sequence[str]]
) -> list[tuple[int, str, Target, Sequence[str]]]:
    """(place in the file, heading, target, values) of the columns that are taken in; both halves of a name as one."""
    mapping = settings.mapping or {}
    found, halves = [], {}
    for place, heading in enumerate(settings.header):
        key = mapping.get(heading, IGNORE)
        values = cells[place] if cells else ()
        if key in ("family", "given"):
            halves[key] = (place, heading, values)
        elif key in known:
            found.append((place, heading, known[key], values))
    if halves:
        place, heading, _values = next(iter(halves.values()))
        sides = [halves[key][2] for key in ("family", "given") if key in halves]
        names = [" ".join(part for part in pair if part) for pair in zip(*sides, strict=True)]
        found.append((place, heading, Target("name", heading, NameWidget()), names))
    return found


def placed(settings: Settings, rows: Sequence[tuple[str, ...]]) -> list[str | None]:
    """Tag names as places in ``settings.tags``, as PostgreSQL writes an array."""
    places = {name: place for place, name in enumerate(settings.tags)}
    written: dict[tuple[str, ...], str | None] = {(): None}
    for names in rows:
        if names not in written:
            written[names] = "{" + ",".join(str(places.setdefault(name, len(places))) for name in names) + "}"
    if len(places) > MOST_TAGS:
        raise JobFailed(
            _("タグが%(most)s種類を超えています。タグの列の対応づけが正しいかを確かめてください。")
            % {"most": MOST_TAGS}
        )
    settings.tags = list(places)
    return [written[names] for names in rows]


def as_json(extras: dict[str, Sequence[Any]]) -> list[str | None]:
    """{"attribute id": value} of each row, None where all are blank."""
    heads = {key: f"{json.dumps(key)}: " for key in extras}
    known: dict[str, str] = {}
    written: list[str | None] = []
    for values in zip(*extras.values(), strict=True):
        parts = []
        for key, value in zip(extras, values, strict=True):
            if value is not None:
                text = known.get(value) or known.setdefault(value, json.dumps(value, ensure_ascii=False))
                parts.append(heads[key] + text)
        written.append("{" + ", ".join(parts) + "}" if parts else None)
    return written
