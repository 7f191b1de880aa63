"""A million members into a file, with tags, labels and protection: how long, and how much memory (in a process of its
own). Beside it the plain way (Django's iterator with prefetched tags, csv or openpyxl's write-only workbook, the same
encrypted zip) and the floor (COPY of the bare columns into a file: no labels, no tags, no protection, no zip)."""

import subprocess
import sys
import tempfile
import time
from typing import Any

from bench.members.people import million
from bench.stage import Table, highest_memory, owner

CHOSEN = [
    "public_id", "name", "phone", "email", "link_state", "line_state", "tags", "line_name", "last_seen_at",
    "created_at",
]  # fmt: skip
FLOOR = """COPY (SELECT public_id, name, phone_e164, email, link_state, line_state, line_name, last_seen_at, created_at
FROM members_member WHERE tenant_id = {}) TO STDOUT (FORMAT csv)"""
PASSWORD = "Himitsu-2026!"


def run(table: Table) -> None:
    tenant_id = million()
    for form in ("csv", "xlsx"):
        found = {
            way: measured(way, form, tenant_id) for way in ("ours", "plain", "floor")
        }
        table.seconds(
            f"export 1,000,000 × {len(CHOSEN)} as {form}",
            *(seconds for seconds, _mb in found.values()),
        )
        table.line(
            "  highest memory",
            *(f"{mb:,.0f} MB" for _seconds, mb in found.values()),
            "",
            "",
        )


def measured(way: str, form: str, tenant_id: int) -> tuple[float, float]:
    """(seconds, MB) of a process that does nothing else; starting it does not count."""
    command = [
        sys.executable,
        "-m",
        "bench.members.exporting",
        way,
        form,
        str(tenant_id),
    ]
    seconds, memory = subprocess.run(
        command, check=True, capture_output=True, text=True
    ).stdout.split()[-2:]
    return float(seconds), float(memory)


def main(way: str, form: str, tenant_id: int) -> None:
    import django

    django.setup()
    started = time.perf_counter()
    {"ours": ours, "plain": plain, "floor": floor}[way](form, tenant_id)
    taken = time.perf_counter() - started
    print(f"{taken:.2f} {highest_memory():.0f}")


def ours(form: str, tenant_id: int) -> None:
    """The job itself, from the claim to the stored file."""
    from django.core.files.storage import default_storage
    from django.db import transaction
    from django.utils import timezone

    from jobs import runner
    from jobs.models import Job
    from members.exports.job import KIND, get_export_path
    from members.listing.selection import count_selected_members
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(tenant_id):
        with transaction.atomic():
            selection = {"condition": {}, "until": timezone.now().isoformat()}
            params = {
                "selection": selection,
                "columns": CHOSEN,
                "format": form,
                "reason": "bench",
            }
            job = Job.objects.create(
                kind=KIND,
                params=params,
                total=count_selected_members(selection),
                secret=PASSWORD,
            )
        runner.run_job(job.pk)
        with transaction.atomic():
            job.refresh_from_db()
        assert (job.state, job.result["rows"]) == ("done", 1_000_000), (
            job.state,
            job.note,
        )
        default_storage.delete(get_export_path(job))


def list_cells(member: Any) -> list[str]:
    tags = "、".join(sorted(link.tag.name for link in member.member_tags.all()))
    return [
        member.public_id,
        member.name,
        member.phone_shown,
        member.email,
        member.get_link_state_display(),
        member.get_line_state_display(),
        tags,
        member.line_name,
        str(member.last_seen_at or ""),
        f"{member.created_at:%Y/%m/%d %H:%M}",
    ]


def plain(form: str, tenant_id: int) -> None:
    """What the libraries' manuals show: objects, a writer, a zip."""
    import csv
    import io

    import openpyxl
    import pyzipper
    from django.db import transaction

    from members.models import Member
    from tenants.scope import open_tenant_scope

    with (
        open_tenant_scope(tenant_id),
        transaction.atomic(),
        tempfile.TemporaryFile() as file,
    ):
        members = (
            Member.objects.order_by("-pk")
            .prefetch_related("member_tags__tag")
            .iterator(2000)
        )
        with pyzipper.AESZipFile(
            file, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
        ) as archive:
            archive.setpassword(PASSWORD.encode())
            with archive.open("members", "w", force_zip64=True) as out:
                if form == "xlsx":
                    book = openpyxl.Workbook(write_only=True)
                    sheet = book.create_sheet()
                    for member in members:
                        sheet.append(list_cells(member))
                    book.save(out)
                else:
                    encoding = {"csv": "utf-8-sig", "cp932": "cp932"}[form]
                    text = io.TextIOWrapper(
                        out, encoding=encoding, errors="replace", newline=""
                    )
                    writer = csv.writer(text)
                    for member in members:
                        writer.writerow(list_cells(member))
                    text.flush()


def floor(form: str, tenant_id: int) -> None:
    with (
        owner() as db,
        tempfile.TemporaryFile() as file,
        db.cursor().copy(FLOOR.format(tenant_id)) as copy,
    ):
        for block in copy:
            file.write(block)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
