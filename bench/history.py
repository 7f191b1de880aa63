"""What the members' history costs a bulk update: a tracked column, and one that is not, with and without triggers.

The plain library is django-pghistory's row-level events (trials: 7.3 s where the bare update of 200,000 took 2.7 s).
"""

import time

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
OURS = ("name_tracked", "note_changes")


def run(table: Table) -> None:
    from bench.filtering import MEMBERS, stage

    _tenant, tenant_id = stage()
    with owner() as db:
        db.execute(ROW_LEVEL)
        for what, update in UPDATES.items():
            taken = {}
            for way, triggers in (("floor", ()), ("ours", OURS), ("plain", ("bench_row",))):
                for name in (*OURS, "bench_row"):
                    verb = "ENABLE" if name in triggers else "DISABLE"
                    db.execute(f"ALTER TABLE members_member {verb} TRIGGER {name}")
                taken[way] = seconds(db, f"{update} WHERE tenant_id = {tenant_id}")
            table.seconds(f"UPDATE of {MEMBERS:,}: {what}", taken["ours"], taken["plain"], taken["floor"])
        db.execute("DROP TRIGGER bench_row ON members_member")
        for name in OURS:
            db.execute(f"ALTER TABLE members_member ENABLE TRIGGER {name}")


def seconds(db, update: str) -> float:  # type: ignore[no-untyped-def]
    """On a table as clean as before: the dead rows of the last way must not burden the next."""
    db.execute("VACUUM members_member")
    started = time.perf_counter()
    with db.transaction():
        db.execute(update)
    taken = time.perf_counter() - started
    db.execute("TRUNCATE members_memberchange")
    return taken
