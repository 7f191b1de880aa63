"""A pasted list of addresses as a filter: from the text to the first page of 50 and the count."""

from bench.stage import Table, fill, median_seconds, owner, shop

MEMBERS = 1_000_000
COPY = "COPY wanted FROM STDIN"
PAGE = """SELECT m.id, m.name, m.email FROM members_member m WHERE m.tenant_id = %s
AND m.email_key IN (SELECT value FROM wanted) ORDER BY m.created_at DESC, m.id DESC LIMIT 50"""
COUNT = "SELECT count(*) FROM members_member WHERE tenant_id = %s AND email_key IN (SELECT value FROM wanted)"


def stage() -> "tuple[object, int]":
    from members.models import Member

    tenant = shop("million")
    with owner() as db:
        (there,) = db.execute("SELECT count(*) FROM members_member WHERE tenant_id = %s", [tenant.pk]).fetchone()  # type: ignore[misc]
    if there < MEMBERS:
        fill(
            Member, MEMBERS, tenant_id=str(tenant.pk), public_id="lpad(n::text, 12, 'b')",
            name="'会員' || n", name_key="'会員' || n", email="'user' || n || '@example.jp'",
            email_key="'user' || n || '@example.jp'", phone_e164="'+8190' || lpad(n::text, 8, '1')",
            line_user_id="'U' || md5(n::text)", line_state="'friend'", link_state="'known'",
            created_at="now() - n * interval '1 second'",
        )  # fmt: skip
    return tenant, tenant.pk


def run(table: Table) -> None:
    tenant, tenant_id = stage()
    for count, times in ((5_000, 5), (100_000, 3), (1_000_000, 3)):
        # One in ten is nobody's address.
        text = ",".join(f"user{n * 9 // 10 if n % 10 else -n}@example.jp" for n in range(1, count + 1))
        values = [
            median_seconds(lambda way=way, text=text: way(tenant, tenant_id, text), times)
            for way in (ours, plain, floor)
        ]
        table.seconds(f"{count:,} emails → first page and count", *values)


def ours(tenant: object, tenant_id: int, text: str) -> int:
    from django.db import transaction

    from members.models import Member
    from members.value_lists import has_value, make_list
    from tenants.scope import tenant_scope

    with tenant_scope(tenant_id), transaction.atomic():
        found = Member.objects.filter(has_value("email", make_list(text).public_id))
        list(found.order_by("-created_at", "-id")[:50])
        count = found.count()
        transaction.set_rollback(True)
        return count


def plain(tenant: object, tenant_id: int, text: str) -> int:
    """What a filter library makes of a comma-separated field: ``email__in`` with every value as a parameter."""
    from django.db import transaction

    from members.models import Member
    from tenants.scope import tenant_scope

    with tenant_scope(tenant_id), transaction.atomic():
        found = Member.objects.filter(email_key__in=text.split(","))
        list(found.order_by("-created_at", "-id")[:50])
        return found.count()


def floor(tenant: object, tenant_id: int, text: str) -> int:
    with owner() as db, db.transaction():
        db.execute("CREATE TEMP TABLE wanted (value text) ON COMMIT DROP")
        with db.cursor().copy(COPY) as copy:
            copy.write(text.replace(",", "\n").encode())
        db.execute("ANALYZE wanted")
        db.execute(PAGE, [tenant_id]).fetchall()
        return db.execute(COUNT, [tenant_id]).fetchone()[0]  # type: ignore[index]
