"""A file of 1,000,000 rows with eight columns into a shop: the dry run and the load, in a process whose memory is read.

Plain: django-import-export's ``import_data`` on 5,000 rows, times 200. Floor: COPY into a plain table and two
INSERT … SELECT (members, answers) by the owner, past the policies and without any validation.
"""

import csv
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from tempfile import NamedTemporaryFile

from bench.stage import ROOT, Table, highest_memory, owner, shop

ROWS, SAMPLE = int(os.environ.get("IMPORT_ROWS", "1000000")), 5_000
HEADER = [
    "氏名",
    "メールアドレス",
    "電話番号",
    "LINEユーザーID",
    "生年月日",
    "タグ",
    "メモ欄",
    "受信拒否（メール）",
]
FAMILY = [
    "佐藤", "鈴木", "高橋", "田中", "伊藤", "渡邉", "山本", "中村", "小林", "加藤", "吉田",
    "山田", "佐々木", "山口", "松本", "井上", "木村", "林", "斎藤", "清水", "髙﨑", "濵田",
]  # fmt: skip
GIVEN = [
    "花子", "次郎", "健一", "美咲", "陽子", "翔太", "さくら", "大輔", "結衣", "蓮",
    "葵", "ひなた", "吉之助", "恵美", "直樹", "由美子", "誠", "真由美", "剛", "彩",
]  # fmt: skip
FLOOR = """
CREATE TEMP TABLE plain (name text, email text, phone text, line text, birthday text, tags text, note text, out text);
COPY plain FROM STDIN WITH (FORMAT csv, HEADER true)
"""


def write_file(path: str, rows: int) -> None:
    dice = random.Random(1)
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for n in range(rows):
            mobile = dice.randrange(10**7, 10**8)
            writer.writerow(
                [
                    f"{dice.choice(FAMILY)} {dice.choice(GIVEN)}",
                    f"user{n}@example{n % 50}.jp",
                    f"090-{mobile // 10000}-{mobile % 10000:04}"
                    if n % 10
                    else f"03-{3000 + n % 6000}-{n % 10000:04}",
                    f"U{n:032x}",
                    f"{1940 + n % 70}/{1 + n % 12}/{1 + n % 28}",
                    ("VIP", "定期；VIP", "", "", "")[n % 5],
                    f"備考{n}",
                    "拒否" if n % 50 == 0 else "",
                ]
            )


def run(table: Table) -> None:
    with NamedTemporaryFile(suffix=".csv") as file:
        write_file(file.name, ROWS)
        taken = work(file.name)
        seconds = {"plain": plain(file.name) * ROWS / SAMPLE, "floor": floor(file.name)}
    parts = f"check {taken['check']:.1f} s, load {taken['load']:.1f} s, {taken['peak']:.0f} MB"
    spent = ", ".join(
        f"{name} {taken[f'{name}_python']:.1f} s of Python and {taken[f'{name}_database']:.1f} s of PostgreSQL"
        for name in ("check", "load")
    )
    table.seconds(
        f"import {ROWS:,} rows, 8 columns",
        taken["check"] + taken["load"],
        seconds["plain"],
        seconds["floor"],
    )
    print(f"  (CPU: {spent}; load average {os.getloadavg()[1]:.1f})")
    print(f"  ({parts}; the plain library's time is {SAMPLE:,} rows extrapolated)")


def work(path: str) -> dict[str, float]:
    """Both jobs in a process of their own, as a worker does them."""
    environment = {**os.environ, "ENGINES_HELD": "1"}
    out = subprocess.run(
        [sys.executable, "-m", "bench.members.importing", path],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )
    return {
        name: float(value)
        for name, value in (pair.split("=") for pair in out.stdout.decode().split())
    }


def as_worker(path: str) -> None:
    import django
    from django.core.files import File
    from django.db import transaction

    django.setup()
    from jobs.models import Job
    from members.imports.load import jobs as kinds
    from members.imports.read import upload
    from members.models import Attribute, Member
    from operators.models import Operator
    from tenants.scope import open_tenant_scope

    tenant = shop(f"import-{int(time.time())}")
    operator = Operator.objects.first() or Operator.objects.create_operator(
        "bench", "correct horse battery"
    )
    taken: dict[str, float] = {}
    with open_tenant_scope(tenant):
        with transaction.atomic(), Path(path).open("rb") as file:
            Attribute.objects.create(name="メモ欄", name_key="メモ欄", kind="text")
            source = upload.accept_upload(File(file, name="bench.csv"), operator)
            source.settings |= {"consent": True}
            source.save()
        for name, begin in (
            ("check", kinds.start_import_check),
            ("load", kinds.start_import_load),
        ):
            before = clocks()
            with transaction.atomic():
                job = begin(source, operator)
            assert job
            drive(job.pk)
            used = [after - then for after, then in zip(clocks(), before, strict=True)]
            taken |= dict(
                zip((name, f"{name}_python", f"{name}_database"), used, strict=True)
            )
            with transaction.atomic():
                source.refresh_from_db()
                job = Job.objects.get(pk=job.pk)
                assert job.state == "done", job.note
        with transaction.atomic():
            assert Member.objects.count() == ROWS, source.counts
            upload.forget_import(source)
    peak = highest_memory()
    print(*(f"{name}={value:.2f}" for name, value in (taken | {"peak": peak}).items()))


def clocks() -> tuple[float, float, float]:
    """Seconds of the wall, of this process and of its connection's server process."""
    from django.db import connection

    connection.ensure_connection()
    times = (
        Path(f"/proc/{connection.connection.info.backend_pid}/stat")
        .read_text()
        .rpartition(")")[2]
        .split()
    )
    database = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
    return time.perf_counter(), time.process_time(), database


def drive(job_id: int) -> None:
    from jobs import runner

    while not runner.run_next_step(job_id):
        pass


def plain(path: str) -> float:
    """Seconds for SAMPLE rows: a ModelResource that finds members by email, cleans by widgets and saves one by one."""
    import tablib
    from django.db import transaction
    from import_export.fields import Field
    from import_export.resources import ModelResource

    from members.models import Member
    from members.normalize.emails import clean_email
    from members.normalize.phones import clean_phone
    from tenants.scope import open_tenant_scope

    class MemberRows(ModelResource):
        name, email, phone = (
            Field(column, HEADER[at])
            for at, column in enumerate(("name", "email", "phone"))
        )

        class Meta:
            model, fields, import_id_fields = (
                Member,
                ("name", "email", "phone"),
                ("email",),
            )
            use_transactions, skip_diff = True, True

        def before_import_row(self, row: dict[str, str], **kwargs: object) -> None:
            clean_email(row[HEADER[1]])
            clean_phone(row[HEADER[2]])

        def after_import(self, *args: object, **kwargs: object) -> None:
            """It would set the sequence, which the serving role may not."""

    tenant = shop("import-plain")
    with (
        open_tenant_scope(tenant),
        transaction.atomic(),
        Path(path).open(encoding="utf-8") as file,
    ):
        rows = [
            row for row, _n in zip(csv.reader(file), range(SAMPLE + 1), strict=False)
        ]
        data = tablib.Dataset(*rows[1:], headers=rows[0])
        started = time.perf_counter()
        MemberRows().import_data(data, raise_errors=True)
        seconds = time.perf_counter() - started
        transaction.set_rollback(True)
    return seconds


def floor(path: str) -> float:
    from members.imports.load.sql import format_literal
    from members.models import Member

    given = {
        "tenant_id": str(shop(f"import-floor-{int(time.time())}").pk),
        "public_id": "lpad(row_number() OVER ()::text, 12, 'f')",
        "name": "name",
        "email": "email",
        "email_key": "email",
        "phone": "phone",
        "phone_e164": "phone",
        "line_user_id": "line",
        "birthday": "birthday::date",
        "created_at": "now()",
    }
    for field in Member._meta.concrete_fields:
        needed = field.column not in given and not field.null and not field.primary_key
        if needed and not getattr(field, "generated", False):
            given[str(field.column)] = format_literal(field)
    with owner() as db:
        create, copy = FLOOR.strip().split(";")
        started = time.perf_counter()
        with db.transaction():
            db.execute(create)
            with db.cursor().copy(copy) as out, Path(path).open("rb") as file:
                while chunk := file.read(1 << 20):
                    out.write(chunk)
            db.execute(
                f"INSERT INTO members_member ({', '.join(given)}) SELECT {', '.join(given.values())} FROM plain"
            )
            db.execute(
                "INSERT INTO members_identityrecord (tenant_id, public_id, member_id, source, origin, name, name_key,"
                " email, email_key, phone, phone_e164, received_at, outcome) SELECT tenant_id, public_id, id,"
                " 'import', '', name, '', email, email_key, phone, phone_e164, now(), '' FROM members_member"
                " WHERE tenant_id = %s",
                [given["tenant_id"]],
            )
        seconds = time.perf_counter() - started
        db.execute(
            "DELETE FROM members_identityrecord WHERE tenant_id = %s",
            [given["tenant_id"]],
        )
    return seconds


if __name__ == "__main__":
    as_worker(sys.argv[1])
