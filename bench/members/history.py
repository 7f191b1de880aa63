"""What the members' history costs a bulk update: a tracked column, one that is not, and values of an attribute, first
set and then changed; with and without triggers.

The plain library is django-pghistory's row-level events (trials: 7.3 s where the bare update of 200,000 took 2.7 s).
"""

import time
from collections.abc import Sequence

from bench.stage import Table, owner

UPDATES = {
    "tracked column": "UPDATE members_member SET line_optout_at = CASE WHEN line_optout_at IS NULL THEN now() END",
    "other column": "UPDATE members_member SET link_state = CASE link_state WHEN 'known' THEN '' ELSE 'known' END",
}
ROW_LEVEL = """
CREATE OR REPLACE FUNCTION bench_row_event() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO members_memberchange (tenant_id, member_id, at, source, before, after)
    VALUES (NEW.tenant_id, NEW.id, now(), '', to_jsonb(OLD), to_jsonb(NEW));
    RETURN NULL;
END $body$;
DROP TRIGGER IF EXISTS bench_row ON members_member;
CREATE TRIGGER bench_row AFTER UPDATE ON members_member FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION bench_row_event();
ALTER TABLE members_member DISABLE TRIGGER bench_row;
"""
ROW_LEVEL_VALUES = """
CREATE OR REPLACE FUNCTION bench_row_value() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO members_memberchange (tenant_id, member_id, at, source, before, after)
    VALUES (NEW.tenant_id, NEW.member_id, now(), '', coalesce(to_jsonb(OLD), '{}'), to_jsonb(NEW));
    RETURN NULL;
END $body$;
DROP TRIGGER IF EXISTS bench_row ON members_attributevalue;
CREATE TRIGGER bench_row AFTER INSERT OR UPDATE ON members_attributevalue FOR EACH ROW
    EXECUTE FUNCTION bench_row_value();
"""
OURS = {
    "members_member": ("name_tracked", "note_changes"),
    "members_attributevalue": ("note_new", "note_changes"),
}


def run(table: Table) -> None:
    from bench.members.filtering import MEMBERS, stage

    _tenant, tenant_id = stage()
    with owner() as db:
        db.execute(ROW_LEVEL)
        for what, update in UPDATES.items():
            taken = by_way(
                db, "members_member", f"{update} WHERE tenant_id = {tenant_id}"
            )
            table.seconds(
                f"UPDATE of {MEMBERS:,}: {what}",
                taken["ours"],
                taken["plain"],
                taken["floor"],
            )
        db.execute("DROP TRIGGER bench_row ON members_member")
        db.execute(ROW_LEVEL_VALUES)
        for what, before, text in (
            ("first set", "", "gold"),
            ("changed", "gold", "silver"),
        ):
            taken = by_way(
                db,
                "members_attributevalue",
                set_to(tenant_id, text),
                before and set_to(tenant_id, before),
            )
            table.seconds(
                f"Values of {MEMBERS:,}: {what}",
                taken["ours"],
                taken["plain"],
                taken["floor"],
            )
        db.execute(
            "DROP TRIGGER bench_row ON members_attributevalue; TRUNCATE members_attributevalue"
        )
        for place, names in OURS.items():
            switch(db, place, names, names)


def set_to(tenant_id: int, text: str) -> str:
    """As a bulk update does (members/attributes/values.py); no attribute of the stage has the id 1."""
    from members.attributes.values import UPSERT

    chosen = f"SELECT tenant_id, 1, id, '{text}', NULL::float8, NULL::date FROM members_member"
    return UPSERT.format(chosen=f"{chosen} WHERE tenant_id = {tenant_id}")


def by_way(db, place: str, statement: str, before: str = "") -> dict[str, float]:  # type: ignore[no-untyped-def]
    """Each on values that stand as ``before`` left them, without a history of that."""
    taken = {}
    for way, triggers in (
        ("floor", ()),
        ("ours", OURS[place]),
        ("plain", ("bench_row",)),
    ):
        switch(db, place, (*OURS[place], "bench_row"), ())
        if place == "members_attributevalue":
            db.execute("TRUNCATE members_attributevalue")
        if before:
            db.execute(before)
        switch(db, place, triggers, triggers)
        taken[way] = seconds(db, place, statement)
    return taken


def switch(db, place: str, names: Sequence[str], on: Sequence[str]) -> None:  # type: ignore[no-untyped-def]
    for name in names:
        db.execute(
            f"ALTER TABLE {place} {'ENABLE' if name in on else 'DISABLE'} TRIGGER {name}"
        )


def seconds(db, place: str, update: str) -> float:  # type: ignore[no-untyped-def]
    """On a table as clean as before: the dead rows of the last way must not burden the next."""
    db.execute(f"VACUUM {place}")
    started = time.perf_counter()
    with db.transaction():
        db.execute(update)
    taken = time.perf_counter() - started
    db.execute("TRUNCATE members_memberchange")
    return taken
