"""The search box: from what is typed to the first page of 50 and the counts of the tabs, in the shop of a million."""

from functools import partial

from bench.members.people import million
from bench.stage import Table, median_seconds, owner

ASKED = {
    "one member's rare name": "五百旗頭ひより",
    "a name of two letters": "小鳥",
    "a common name": "佐藤",
    "a LINE name, in kana": "ﾊﾙｶ",
    "the first letter": "田",
    "the end of a telephone number": "1234",
    "the start of a telephone number": "080-1000-8",
    "the start of an address": "user1234",
    "nobody's name": "会員",
}
FOUND = """FROM members_member m WHERE m.tenant_id = %(shop)s AND m.deleted_at IS NULL
AND (m.name_key LIKE %(inside)s OR m.line_name ILIKE %(inside)s OR m.email_key LIKE %(start)s
OR m.phone_e164 LIKE %(inside)s)"""
PAGE = f"SELECT m.id, m.name, m.email {FOUND} ORDER BY m.created_at DESC, m.id DESC LIMIT 50"
COUNT = f"SELECT count(*) {FOUND}"


def run(table: Table) -> None:
    shop = million()
    for what, text in ASKED.items():
        values = [
            median_seconds(partial(way, shop, text), 5) for way in (ours, plain, floor)
        ]
        table.seconds(f"search: {what}", *values)


def ours(shop: int, text: str) -> int:
    from django.db import transaction

    from members.conditions.search import (
        build_search_q,
        cache_searches,
        is_search_too_common,
    )
    from members.models import Member
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(shop), transaction.atomic(), cache_searches():
        found = Member.objects.filter(build_search_q(text), deleted_at=None)
        list(found.order_by("-created_at", "-pk")[:50])
        return 0 if is_search_too_common(text) else sum(found.by_link_state().values())


def plain(shop: int, text: str) -> int:
    """What an admin site's search fields make of it."""
    from django.db import transaction
    from django.db.models import Q

    from members.models import Member
    from members.normalize.names import normalize_name
    from tenants.scope import open_tenant_scope

    key = normalize_name(text)
    with open_tenant_scope(shop), transaction.atomic():
        found = Member.objects.filter(
            Q(name_key__icontains=key)
            | Q(line_name__icontains=text)
            | Q(email_key__icontains=text)
            | Q(phone_e164__icontains=key),
            deleted_at=None,
        )
        list(found.order_by("-created_at", "-pk")[:50])
        return found.count()


def floor(shop: int, text: str) -> int:
    """The same by hand, past the policies, without any index for it."""
    from members.normalize.names import normalize_name

    values = {"shop": shop, "inside": f"%{normalize_name(text)}%", "start": f"{text}%"}
    with owner() as db:
        db.execute(PAGE, values).fetchall()
        return db.execute(COUNT, values).fetchone()[0]  # type: ignore[index]
