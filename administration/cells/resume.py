"""What a killed move left behind: how far it came, and how it is taken away again."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import psycopg

from administration.cells.replicate import (
    Db,
    end_replication,
    list_shop_tables,
    record_move,
)
from administration.cells.shop_rows import OF_LOGINS, copy_timers, list_people

Files = tuple[Path, Path] | None


@dataclass(frozen=True)
class Progress:
    """Why the shop is closed in each cell: "" where it is open, None where it is not known."""

    shop: int
    here: str | None
    there: str | None

    @property
    def is_begun(self) -> bool:
        """Whether a move was begun, and the shop is not let go."""
        return self.here == "moving" or (self.here == "" and self.there == "moving")

    @property
    def is_let_go(self) -> bool:
        return self.here == "moved"

    @property
    def is_between(self) -> bool:
        """Whether it was let go here and not opened there: no cell takes a write."""
        return self.here == "moved" and self.there == "moving"

    @property
    def is_there(self) -> bool:
        return self.here == "moved" and self.there not in (None, "moving", "moved")

    @property
    def is_left_there(self) -> bool:
        """Whether the other cell has nothing but the copy that an earlier move from there left behind."""
        return self.here == "" and self.there == "moved"


def find_progress(source: Db, target: Db, slug: str) -> Progress:
    """Return how things stand with the shop of this address; number 0 where there is none here."""
    read = "SELECT id, closed_reason FROM tenants_tenant WHERE slug = %s"
    row = source.execute(read, [slug]).fetchone()
    if row is None:
        return Progress(0, None, None)
    shop, here = row
    there = target.execute(f"{read} AND id = %s", [slug, shop]).fetchone()
    return Progress(shop, here, there[1] if there else None)


def return_shop(source: Db, target: Db, shop: int) -> None:
    """Bring back the timers of a shop that was let go and never opened there; ``give_up`` does the rest."""
    with source.transaction():
        copy_timers(target, source, shop)
        source.execute(
            "UPDATE tenants_tenant SET closed_reason = 'moving' WHERE id = %s", [shop]
        )


def give_up(source: Db, target: Db, shop: int, files: Files) -> None:
    """Let the shop go on where it is, and take away what was copied; unless it is let go already."""
    with source.transaction():
        stayed = source.execute(
            "UPDATE tenants_tenant SET closed_at = NULL, closed_reason = '' WHERE id = %s AND closed_reason = 'moving'"
            " RETURNING id",
            [shop],
        ).fetchone()
        if stayed:
            record_move(source, shop, "shop.stayed")
    end_replication(source, target, shop)
    state = "SELECT closed_reason FROM tenants_tenant WHERE id = %s"
    here = source.execute(state, [shop]).fetchone()
    if here != ("moved",) and target.execute(state, [shop]).fetchone() == ("moving",):
        purge_copy(target, shop, files)
        forget_people(source, target, shop)


def purge_copy(target: Db, shop: int, files: Files) -> None:
    """Delete a copy of the shop that is not open: its rows, the append-only ones as well, its timers and files."""
    with target.transaction():
        target.execute("SET LOCAL session_replication_role = replica")
        for table in [*list_shop_tables(target), "members_importrow", "tenants_wakeup"]:
            target.execute(f"DELETE FROM {table} WHERE tenant_id = %s", [shop])
        for table in (
            "administration_shopday",
            "administration_application",
            "administration_shopmove",
        ):
            target.execute(f"DELETE FROM {table} WHERE shop_id = %s", [shop])
        target.execute(
            "UPDATE operators_operator SET made_by_id = NULL WHERE made_by_id = %s",
            [shop],
        )
        target.execute("DELETE FROM tenants_tenant WHERE id = %s", [shop])
    if files and not is_shared(files):
        for folder in files[1].glob(f"*/{shop}"):
            shutil.rmtree(folder)


def is_shared(files: tuple[Path, Path]) -> bool:
    """Return whether both cells keep their files in one folder, where the shop's are those that it works with."""
    return files[0].resolve() == files[1].resolve()


def forget_people(source: Db, target: Db, shop: int) -> None:
    """Delete the logins that came along and that nothing in the other cell names."""
    for pk in list_people(source, shop, everybody=True):
        try:
            with target.transaction():
                for table, column in OF_LOGINS.items():
                    target.execute(f"DELETE FROM {table} WHERE {column} = %s", [pk])
                target.execute(
                    "DELETE FROM operators_operator WHERE id = %s AND NOT is_platform",
                    [pk],
                )
        except psycopg.errors.ForeignKeyViolation:
            continue
