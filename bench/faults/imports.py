"""A part of `make faults`: workers die by SIGKILL inside a step of every part of an import, and a disk is full.

What is there afterwards must be the file: each row once, with one answer and its tag, the wrong ones reported; taking
back, killed as well, or of a load that was stopped half-way, leaves the shop as it was.
"""

import csv
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.members.importwork import begun, deaths, killed, within, work
from bench.stage import report_checks, shop

NEW, CHANGED, WRONG = 14_000, 4_000, 2_000
ROWS = NEW + CHANGED + WRONG
Checks = dict[str, bool]


def main() -> int:
    os.environ.setdefault("ENGINES_HELD", "1")
    checks = {**whole(), **stopped(), **full_disk()}
    return report_checks(checks)


# ---------------------------------------------------------------- an import killed everywhere
def whole() -> Checks:
    tenant = people("whole")
    before = within(tenant, standing)
    source, check = upload(tenant)
    checks = {"a check is killed twice and ends": killed(tenant, check, "check")}
    report = within(tenant, lambda: reported(source))
    checks["each row is counted once"] = within(tenant, lambda: outcome(source)) == {
        "new": NEW,
        "changed": CHANGED,
        "wrong": WRONG,
        "same": 0,
        "left": 0,
    }
    checks["the report has every wrong row, once, in its order"] = (
        report == wrong_names()
    )
    load = begun(tenant, source, "load")
    checks["a load is killed three times in its rows"] = deaths(tenant, load, "rows")
    checks["and once in its tags, and ends"] = killed(tenant, load, "tags")

    checks |= within(tenant, check_loaded)
    undo = begun(tenant, source, "undo")
    checks["taking back is killed in its tags"] = deaths(tenant, undo, "untag")
    checks["and twice in its rows, and ends"] = killed(tenant, undo, "undo")
    checks["taken back, the shop is as it was"] = within(tenant, standing) == before
    checks["everybody is counted"] = within(
        tenant, lambda: outcome(source, "removed", "restored", "kept")
    ) == {
        "removed": NEW,
        "restored": CHANGED,
        "kept": 0,
    }
    return checks


def check_loaded() -> Checks:
    """Return whether the rows came in, each once."""
    from members.models import IdentityRecord, Member, MemberTag

    records = IdentityRecord.objects.filter(source="import")
    return {
        f"{ROWS:,} rows are {NEW:,} new members": Member.objects.count()
        == CHANGED + NEW
        and Member.objects.values("email_key").distinct().count() == CHANGED + NEW,
        f"and {CHANGED:,} changed ones": Member.objects.filter(
            name__startswith="後"
        ).count()
        == CHANGED,
        "each has one answer": records.count()
        == NEW + CHANGED
        == records.values("member").distinct().count(),
        "each has its tag": MemberTag.objects.count() == NEW + CHANGED,
    }


def stopped() -> Checks:
    """A load is killed, then stopped by the operator, and what it did is taken back."""
    from jobs import runner
    from jobs.models import Job

    tenant = people("stopped")
    before = within(tenant, standing)
    source, check = upload(tenant)
    checks = {"another is checked": work(tenant, check) == 0}
    load = begun(tenant, source, "load")
    died = deaths(tenant, load, "rows")
    half = within(tenant, standing) != before
    within(tenant, lambda: runner.request_stop(Job.objects.get(pk=load)))
    checks["its load is killed, then stopped half-way"] = (
        died and work(tenant, load) == 0 and half
    )
    checks["what it did is taken back"] = (
        work(tenant, begun(tenant, source, "undo")) == 0
    )
    checks["and nothing else: the shop is as it was"] = (
        within(tenant, standing) == before
    )
    return checks


def full_disk() -> Checks:
    """A small file system of its own; only root may mount one."""
    if os.geteuid():
        print("  (not root: the full disk is left to the tests)")
        return {}
    from django.conf import settings
    from django.core.exceptions import ValidationError
    from django.test.utils import override_settings

    tenant, code = people("full"), ""
    with TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            print("  (no mount here: the full disk is left to the tests)")
            return {}
        small = {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": folder},
        }
        try:
            with override_settings(STORAGES={**settings.STORAGES, "default": small}):
                upload(tenant)
        except ValidationError as error:
            code = str(error.code)
        finally:
            left = [path for path in Path(folder).rglob("*") if path.is_file()]
            subprocess.run(["umount", folder], check=True)
    return {
        "a full disk is said, and no half of the file stays": (code, left)
        == ("room", [])
    }


# ---------------------------------------------------------------- the shop and the file
def people(name: str) -> int:
    """A shop with the members that the file changes."""
    from bench.stage import fill
    from members.models import Member

    tenant = shop(f"importfaults-{name}-{int(time.time())}")
    fill(
        Member,
        CHANGED,
        tenant_id=str(tenant.pk),
        public_id=f"substr(md5('{tenant.pk}-' || n), 1, 12)",
        name="'前' || n",
        name_key="'前' || n",
        email="'user' || n || '@example.jp'",
        email_key="'user' || n || '@example.jp'",
        line_state="'none'",
        link_state="'known'",
    )
    return int(tenant.pk)


def lines() -> list[str]:
    """Members who change, wrong rows and new members, one among the other."""
    changed = [f"後{n},user{n}@example.jp,,取り込み" for n in range(1, CHANGED + 1)]
    wrong = [
        f"{name},wrong{n}@example.jp,090-x,取り込み"
        for n, name in enumerate(wrong_names())
    ]
    new = [f"新{n},new{n}@example.jp,,取り込み" for n in range(NEW)]
    rest = iter(new)
    mixed = [line for pair in zip(changed, rest, strict=False) for line in pair]
    mixed += [line for pair in zip(wrong, rest, strict=False) for line in pair]
    return ["氏名,メールアドレス,電話番号,タグ", *mixed, *rest]


def wrong_names() -> list[str]:
    return [f"誤{n}" for n in range(WRONG)]


def standing() -> list[tuple[Any, ...]]:
    """The living as they show."""
    from members.models import Member

    columns = (
        "public_id",
        "name",
        "email_key",
        "phone_e164",
        "answered_at",
        "member_tags__tag",
    )
    return list(
        Member.objects.filter(deleted_at=None).order_by("pk").values_list(*columns)
    )


def outcome(source_id: int, *names: str) -> dict[str, int]:
    from members.models import MemberImport

    counts = MemberImport.objects.get(pk=source_id).counts
    return {
        name: counts.get(name, 0)
        for name in names or ("new", "changed", "wrong", "same", "left")
    }


def reported(source_id: int) -> list[str]:
    """The names in the file of wrong rows."""
    import io

    from members.imports import pages
    from members.imports.read.settings import Settings
    from members.models import MemberImport

    source = MemberImport.objects.get(pk=source_id)
    with pages.build_wrong_rows_file(source, Settings.of(source)) as file:
        rows = list(csv.reader(io.StringIO(file.read().decode("utf-8-sig"))))
    return [row[0] for row in rows[1:] if "電話番号" in row[-1]]


def upload(tenant_id: int) -> tuple[int, int]:
    """(import, the job that checks it)."""
    from django.core.files.base import ContentFile

    from members.imports.load import jobs as kinds
    from members.imports.read import upload as keeping
    from operators.models import Operator

    def take_in() -> tuple[int, int]:
        operator = Operator.objects.first() or Operator.objects.create_operator(
            "faults", "correct horse battery"
        )
        source = keeping.accept_upload(
            ContentFile("\r\n".join(lines()).encode(), name="faults.csv"), operator
        )
        job = kinds.start_import_check(source, operator)
        assert job
        return source.pk, job.pk

    result: tuple[int, int] = within(tenant_id, take_in)
    return result


if __name__ == "__main__":
    from bench.stage import prepare

    prepare("importfaults")
    sys.exit(main())
