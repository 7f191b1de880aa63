"""What the pages of an import show of its rows: the wrong ones, and samples of what would change."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

from django.utils.translation import gettext as _

from jobs.files.formula_guard import escape_formula
from members.attributes.member_fields import FIELDS
from members.attributes.personal import show_personal
from members.identity.answer_history import Change, make_change
from members.imports import error_texts
from members.imports.check.compare import list_mapped_attributes
from members.imports.load.disk_full import refuse_on_full_disk
from members.imports.read import upload
from members.imports.read.columns import KEYS
from members.imports.read.csv_reader import CsvReader, strip_apostrophe
from members.imports.read.settings import Settings
from members.models import ImportRow, Member, MemberImport, Tag
from members.normalize.birthdays import Birthday
from members.normalize.names import normalize_label
from members.normalize.phones import format_national_phone
from members.usage.tags import find_tag_usage

FIRST_WRONG, FIRST_CHANGED, PART = 50, 10, 5_000


@dataclass(frozen=True)
class Difference:
    member: Member
    number: int
    changes: list[Change]


def _get_key_labels() -> dict[str, str]:
    return {key: str(label) for key, label in KEYS.items()}


def list_wrong_rows(
    source: MemberImport, settings: Settings
) -> list[tuple[int, list[str]]]:
    """Return (row number, sentences) of the first wrong rows."""
    rows = ImportRow.objects.filter(source=source, verdict="wrong").order_by("number")[
        :FIRST_WRONG
    ]
    return [
        (
            row.number,
            error_texts.describe_row_errors(
                row, settings.header, _get_key_labels(), settings.usable_keys
            ),
        )
        for row in rows
    ]


def list_differences(source: MemberImport, settings: Settings) -> list[Difference]:
    """Return the first members that would change, or were changed: before → after."""
    rows = (
        ImportRow.objects.filter(source=source, verdict="changed")
        .select_related("member")
        .order_by("number")
    )
    systems = {str(each.pk): each.system for each in list_mapped_attributes(settings)}
    return [
        Difference(
            row.member, row.number, list(_describe_changes(row, settings, systems))
        )
        for row in rows[:FIRST_CHANGED]
        if row.member
    ]


def _build_change(field: str, before: str, after: str) -> Change:
    return make_change(str(FIELDS[field].label), field, before, after)


def _describe_changes(
    row: ImportRow, settings: Settings, systems: Mapping[str, str]
) -> Iterator[Change]:
    member, before = row.member, row.before or {}
    assert member
    was = {
        name: before.get(name, getattr(member, name)) or ""
        for name in ("name", "email", "phone_e164")
    }
    if settings.update:
        for field, name, new in (
            ("name", "name", row.name),
            ("email", "email", row.email),
            ("phone", "phone_e164", row.phone_e164),
        ):
            if new and new != was[name]:
                shown = [
                    format_national_phone(value) if field == "phone" else value
                    for value in (was[name], new)
                ]
                yield _build_change(field, *shown)
        born, known = (
            Birthday(row.birthday, row.birth_md),
            Birthday(member.birthday, member.birth_md),
        )
        if str(born) not in (str(known), "", str(Birthday(None, known.birth_md))):
            yield _build_change("birthday", str(known), str(born))
        if row.tags:
            names = _("、").join(settings.tags[place] for place in row.tags)
            yield _build_change("tags", "", names)
        if row.extras:
            values = _("、").join(
                show_personal(str(value), systems.get(key, ""))
                for key, value in row.extras.items()
            )
            yield Change(_("会員情報項目"), "", values)
    if settings.consent:
        for label, said in (
            (_("受信拒否（LINE）"), row.line_optout),
            (_("受信拒否（メール）"), row.mail_optout),
        ):
            if said or (said is False and settings.release):
                yield Change(label, "", _("拒否") if said else _("受信"))


def describe_import_tag_usage(settings: Settings) -> list[str]:
    """Return sentences about what the file's tags start or decide, so that nobody starts it unawares."""
    tags = list(
        Tag.objects.filter(
            name_key__in=[normalize_label(name) for name in settings.tags]
        ).order_by("name")
    )
    found = find_tag_usage(tags)
    return [
        _("タグ「%(tag)s」 – %(kind)s：「%(name)s」")
        % {"tag": tag.name, "kind": use.kind, "name": use.name}
        for tag in tags
        for use in found[tag.pk]
    ]


def build_wrong_rows_file(source: MemberImport, settings: Settings) -> IO[bytes]:
    """Return a CSV of the wrong rows as they came, with what is wrong in a last column.

    UTF-8 with BOM, safe in a spreadsheet.
    """
    with refuse_on_full_disk():
        return _write_wrong_rows(source, settings)


def _write_wrong_rows(source: MemberImport, settings: Settings) -> IO[bytes]:
    out = TemporaryFile()  # noqa: SIM115  (closed by the answer)
    text = io.TextIOWrapper(out, "utf-8-sig", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(
        [escape_formula(name) for name in [*settings.header, _("エラー内容")]]
    )
    wrong = ImportRow.objects.filter(source=source, verdict="wrong").order_by("number")
    width = len(settings.header)
    with upload.open_rows_csv(source, settings) as file:
        reader, number = CsvReader(file, settings.delimiter), 0
        while records := reader.take(PART):
            rows = {
                row.number: row
                for row in wrong.filter(
                    number__gt=number, number__lte=number + len(records)
                )
            }
            for record in records:
                number += 1
                if row := rows.get(number):
                    sentences = error_texts.describe_row_errors(
                        row, settings.header, _get_key_labels(), settings.usable_keys
                    )
                    writer.writerow(
                        [
                            *_pad_record(record, width),
                            escape_formula(" ".join(sentences)),
                        ]
                    )
    text.flush()
    text.detach()
    out.seek(0)
    return out


def _pad_record(record: Sequence[str], width: int) -> list[str]:
    return [
        escape_formula(strip_apostrophe(cell))
        for cell in [*record, *[""] * (width - len(record))]
    ]
