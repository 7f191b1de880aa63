"""A pasted list of addresses as a filter: from the text to the first page of 50 and the count."""

from functools import partial

from bench.members.people import MEMBERS, million
from bench.stage import Table, median_seconds, owner, shop

__all__ = ["MEMBERS", "run", "stage"]

COPY = "COPY wanted FROM STDIN"
PAGE = """SELECT m.id, m.name, m.email FROM members_member m WHERE m.tenant_id = %s
AND m.email_key IN (SELECT value FROM wanted) ORDER BY m.created_at DESC, m.id DESC LIMIT 50"""
COUNT = "SELECT count(*) FROM members_member WHERE tenant_id = %s AND email_key IN (SELECT value FROM wanted)"


def stage() -> "tuple[object, int]":
    """The shop with a million members, and its number."""
    number = million()
    return shop("million"), number


def run(table: Table) -> None:
    number = million()
    for count, times in ((5_000, 5), (100_000, 3), (1_000_000, 3)):
        # One in ten is nobody's address.
        text = ",".join(
            f"user{n * 9 // 10 if n % 10 else -n}@example.jp"
            for n in range(1, count + 1)
        )
        values = [
            median_seconds(partial(way, number, text), times)
            for way in (ours, plain, floor)
        ]
        table.seconds(f"{count:,} emails → first page and count", *values)


def ours(tenant_id: int, text: str) -> int:
    from django.db import transaction

    from members.models import Member
    from members.valuelists.lists import build_value_in_list_q, make_value_list
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(tenant_id), transaction.atomic():
        found = Member.objects.filter(
            build_value_in_list_q("email", make_value_list(text).public_id)
        )
        list(found.order_by("-created_at", "-id")[:50])
        count = sum(found.by_link_state().values())
        transaction.set_rollback(True)
        return count


def plain(tenant_id: int, text: str) -> int:
    """What a filter library makes of a comma-separated field: ``email__in`` with every value as a parameter."""
    from django.db import transaction

    from members.models import Member
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(tenant_id), transaction.atomic():
        found = Member.objects.filter(email_key__in=text.split(","))
        list(found.order_by("-created_at", "-id")[:50])
        return found.count()


def floor(tenant_id: int, text: str) -> int:
    with owner() as db, db.transaction():
        db.execute("CREATE TEMP TABLE wanted (value text) ON COMMIT DROP")
        with db.cursor().copy(COPY) as copy:
            copy.write(text.replace(",", "\n").encode())
        db.execute("ANALYZE wanted")
        db.execute(PAGE, [tenant_id]).fetchall()
        return db.execute(COUNT, [tenant_id]).fetchone()[0]  # type: ignore[index]
