"""What the pages of an import show of its rows: the wrong ones, and samples of what would change."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

from django.utils.translation import gettext as _

from jobs.files.formula_guard import escape_formula
from members.imports import error_texts
from members.imports.load.disk_full import refuse_on_full_disk
from members.imports.read import upload
from members.imports.read.columns import KEYS
from members.imports.read.csv_reader import CsvReader, strip_apostrophe
from members.imports.read.settings import Settings
from members.models import ImportRow, Member, MemberImport, Tag
from members.normalize.birthdays import Birthday
from members.normalize.keys import format_national_phone, normalize_label
from members.usage.tags import find_tag_usage

FIRST_WRONG, FIRST_CHANGED, PART = 50, 10, 5_000


@dataclass(frozen=True)
class Difference:
    member: Member
    number: int
    changes: list[dict[str, str]]


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
    return [
        Difference(row.member, row.number, list(_describe_changes(row, settings)))
        for row in rows[:FIRST_CHANGED]
        if row.member
    ]


def _describe_changes(row: ImportRow, settings: Settings) -> Iterator[dict[str, str]]:
    member, before = row.member, row.before or {}
    assert member
    was = {
        name: before.get(name, getattr(member, name)) or ""
        for name in ("name", "email", "phone_e164")
    }
    if settings.update:
        for label, name, new in (
            (_("氏名"), "name", row.name), (_("メールアドレス"), "email", row.email),
            (_("電話番号"), "phone_e164", row.phone_e164),
        ):  # fmt: skip
            if new and new != was[name]:
                shown = [
                    format_national_phone(value) if name == "phone_e164" else value
                    for value in (was[name], new)
                ]
                yield {"label": label, "before": shown[0], "after": shown[1]}
        born, known = (
            Birthday(row.birthday, row.birth_md),
            Birthday(member.birthday, member.birth_md),
        )
        if str(born) not in (str(known), "", str(Birthday(None, known.birth_md))):
            yield {"label": _("生年月日"), "before": str(known), "after": str(born)}
        if row.tags:
            yield {
                "label": _("タグ"),
                "before": "",
                "after": _("、").join(settings.tags[place] for place in row.tags),
            }
        if row.extras:
            yield {
                "label": _("会員情報項目"),
                "before": "",
                "after": _("、").join(map(str, row.extras.values())),
            }
    if settings.consent:
        for label, said in (
            (_("受信拒否（LINE）"), row.line_optout),
            (_("受信拒否（メール）"), row.mail_optout),
        ):
            if said or (said is False and settings.release):
                yield {
                    "label": label,
                    "before": "",
                    "after": _("拒否") if said else _("受信"),
                }


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
