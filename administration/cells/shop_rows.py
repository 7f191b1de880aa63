"""What of a shop lies outside its own tables, or is no table: its own row, its people, its timers, its files."""

import shutil
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

Db = psycopg.Connection[Any]
COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
  AND attgenerated = '' ORDER BY attnum
"""
# Every column of the shops' tables that names an operator.
NAMING = """
SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[cardinality(c.conkey)]
WHERE c.contype = 'f' AND c.confrelid = 'operators_operator'::regclass
  AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = c.conrelid AND t.attname = 'tenant_id')
"""
OF_THEIR_OWN = """
o.is_platform OR EXISTS (SELECT FROM operators_seat s WHERE s.operator_id = o.id AND s.tenant_id <> %s)
"""
# What belongs to a login, numbered by each cell for itself.
OF_LOGINS = {"account_emailaddress": "user_id", "mfa_authenticator": "user_id"}


def list_columns(db: Db, table: str, but: tuple[str, ...] = ()) -> list[str]:
    return [name for (name,) in db.execute(COLUMNS, [table]) if name not in but]


def copy_rows(
    source: Db,
    target: Db,
    table: str,
    where: str,
    values: list[Any],
    conflict: str = "DO NOTHING",
    but: tuple[str, ...] = (),
    instead: dict[str, Any] | None = None,
) -> int:
    """Copy rows as they are, within the caller's transactions; return how many were written.

    ``but``: columns that are left to their default; ``instead``: values of others in place of those of the rows.
    """
    names = list_columns(source, table, but)
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    chosen = sql.SQL("SELECT {} FROM {} WHERE ").format(columns, sql.Identifier(table))
    rows = source.execute(chosen + sql.SQL(where), values).fetchall()
    write = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT {}").format(
        sql.Identifier(table),
        columns,
        sql.SQL(", ").join(sql.Placeholder() * len(names)),
        sql.SQL(conflict),
    )
    given = instead or {}
    with target.cursor() as cursor:
        cursor.executemany(
            write,
            [
                [
                    given.get(name, adapt_value(value))
                    for name, value in zip(names, row, strict=True)
                ]
                for row in rows
            ],
        )
        return cursor.rowcount


def adapt_value(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value


def build_update(names: list[str]) -> str:
    """Return what to do with a row that is there already: make it what it is here."""
    pairs = (
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in names
    )
    return (
        sql.SQL("(id) DO UPDATE SET {}").format(sql.SQL(", ").join(pairs)).as_string()
    )


def copy_shop_row(source: Db, target: Db, shop: int) -> None:
    """Copy the shop, closed, and its plan, which the other cell knows by its code."""
    if not target.execute(
        "SELECT 1 FROM tenants_tenant WHERE id = %s", [shop]
    ).fetchone():
        copy_rows(source, target, "tenants_tenant", "id = %s", [shop], but=("plan_id",))
        target.execute(
            "UPDATE tenants_tenant SET closed_at = now(), closed_reason = 'moving' WHERE id = %s",
            [shop],
        )
    # What was changed of it while its tables were copied.
    own = ("plan_id", "closed_at", "closed_reason")
    update = build_update(list_columns(source, "tenants_tenant", but=("id", *own)))
    copy_rows(source, target, "tenants_tenant", "id = %s", [shop], update, ("plan_id",))
    plan = source.execute(
        "SELECT p.code, p.id FROM tenants_plan p JOIN tenants_tenant t ON t.plan_id = p.id WHERE t.id = %s",
        [shop],
    ).fetchone()
    code = plan[0] if plan else None
    if plan:
        copy_rows(source, target, "tenants_plan", "id = %s", [plan[1]])
    target.execute(
        "UPDATE tenants_tenant SET plan_id = (SELECT id FROM tenants_plan WHERE code = %s) WHERE id = %s",
        [code, shop],
    )


def list_people(source: Db, shop: int, everybody: bool) -> list[int]:
    """Return the operators with a seat in the shop; ``everybody``: also those whom its rows name."""
    tables = [("operators_seat", "operator_id")]
    if everybody:
        tables = source.execute(NAMING).fetchall()
    found: set[int] = set()
    for table, column in tables:
        statement = sql.SQL("SELECT DISTINCT {0} FROM {1} WHERE tenant_id = %s").format(
            sql.Identifier(column), sql.Identifier(table)
        )
        found |= {pk for (pk,) in source.execute(statement, [shop]) if pk}
    return sorted(found)


def copy_people(source: Db, target: Db, shop: int, everybody: bool = True) -> int:
    """Copy the logins of the shop's operators with their ids; return how many were new there.

    Whoever has a seat in another shop there, or works for the platform, has a login of their own there, which stays.
    Of the others what was changed since they were copied, a password or a second factor, comes along.
    """
    people = list_people(source, shop, everybody)
    known = find_logins(target, people)
    own = find_logins(target, people, OF_THEIR_OWN, shop)
    ours = sorted(set(people) - own)
    names = list_columns(source, "operators_operator", but=("id", "made_by_id"))
    copy_rows(
        source,
        target,
        "operators_operator",
        "id = ANY(%s)",
        [ours],
        build_update(names),
        ("made_by_id",),
    )
    # Who made a login is a shop, which may be elsewhere.
    new = sorted(set(people) - known)
    target.execute(
        "UPDATE operators_operator SET made_by_id = %s WHERE id = ANY(%s)",
        [shop, list_made_by(source, shop, new)],
    )
    for table, column in OF_LOGINS.items():
        target.execute(f"DELETE FROM {table} WHERE {column} = ANY(%s)", [ours])
        copy_rows(source, target, table, f"{column} = ANY(%s)", [ours], but=("id",))
    return len(new)


def find_logins(
    db: Db, people: list[int], where: str = "true", *values: Any
) -> set[int]:
    """Return those of the people who have a login in this cell, narrowed by ``where`` over the login ``o``."""
    found = db.execute(
        f"SELECT o.id FROM operators_operator o WHERE o.id = ANY(%s) AND ({where})",
        [people, *values],
    )
    return {pk for (pk,) in found}


def list_made_by(source: Db, shop: int, people: list[int]) -> list[int]:
    rows = source.execute(
        "SELECT id FROM operators_operator WHERE made_by_id = %s AND id = ANY(%s)",
        [shop, people],
    )
    return [pk for (pk,) in rows]


def copy_timers(source: Db, target: Db, shop: int) -> int:
    """Copy the shop's wakeups, held by nobody; one that a dead worker held is due at once."""
    count = copy_rows(source, target, "tenants_wakeup", "tenant_id = %s", [shop])
    target.execute(
        "UPDATE tenants_wakeup SET due_at = CASE WHEN token IS NULL THEN due_at ELSE least(due_at, now()) END,"
        " token = NULL, lease_until = NULL WHERE tenant_id = %s",
        [shop],
    )
    return count


def copy_days(source: Db, target: Db, shop: int) -> int:
    """Copy what was counted of the shop each night; days that are there already stay."""
    return copy_rows(
        source, target, "administration_shopday", "shop_id = %s", [shop], but=("id",)
    )


def copy_applications(source: Db, target: Db, shop: int) -> None:
    """Copy what the shop applied for and the platform has not decided about; a plan is known by its code."""
    rows = source.execute(
        "SELECT a.id, p.id, p.code FROM administration_application a JOIN tenants_plan p ON p.id = a.plan_id"
        " WHERE a.shop_id = %s AND a.state = 'open'",
        [shop],
    ).fetchall()
    for pk, plan, code in rows:
        copy_rows(source, target, "tenants_plan", "id = %s", [plan])
        there = target.execute("SELECT id FROM tenants_plan WHERE code = %s", [code])
        instead = {"plan_id": (there.fetchone() or (plan,))[0]}
        copy_rows(
            source,
            target,
            "administration_application",
            "id = %s",
            [pk],
            instead=instead,
        )


def copy_files(source: Path, target: Path, shop: int) -> int:
    """Make the shop's folder below each kind of file what it is here; return how many files were copied."""
    count = 0
    for path in target.glob(f"*/{shop}/**/*"):
        if path.is_file() and not (source / path.relative_to(target)).exists():
            path.unlink()
    for folder in sorted(source.glob(f"*/{shop}")):
        for path in sorted(folder.rglob("*")):
            there = target / path.relative_to(source)
            if path.is_file() and not is_copied(path, there):
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, there)
                count += 1
    return count


def is_copied(path: Path, there: Path) -> bool:
    if not there.exists():
        return False
    mine, theirs = path.stat(), there.stat()
    return (mine.st_size, int(mine.st_mtime)) == (theirs.st_size, int(theirs.st_mtime))
