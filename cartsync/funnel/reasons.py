"""Find why known members are not linked, for all at once, so that the reasons can be counted and their members found.

One statement compares everybody with every cart. Near misses and mistyped addresses are looked up in batches after it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from cartsync.matching.match import LINE_DECISIONS, build_decisions_sql
from cartsync.matching.near_misses import find_near_misses
from cartsync.matching.reasons import FallbackReason
from cartsync.models import Cart, CartCustomer, UnlinkedReason
from members.db import set_based
from members.models import Member
from members.normalize.emails import suggest_email
from tenants.scope import get_current_tenant_id

Code = UnlinkedReason.Code
# Whom a closer look may tell more about: the cart has nobody with the same key.
LOOKED_AT = (Code.GONE, Code.DOWN, Code.NOT_FOUND)
# The newest members are looked at more closely; beyond so many the base reason stands.
BATCH, MOST_LOOKED_AT = 500, 50_000
STORE = """
WITH rest AS MATERIALIZED (
    SELECT m.id, m.email_key, m.phone_e164, m.answered_at FROM members_member m
    WHERE m.tenant_id = %(tenant)s AND m.known_at IS NOT NULL AND m.deleted_at IS NULL AND m.link_state <> 'linked'),
said (id, base) AS ({said}),
found AS MATERIALIZED (SELECT id, min(base) AS base FROM said GROUP BY id),
gone AS (
    DELETE FROM cartsync_unlinkedreason u
    WHERE u.tenant_id = %(tenant)s AND NOT EXISTS (SELECT FROM found f WHERE f.id = u.member_id))
INSERT INTO cartsync_unlinkedreason AS u (tenant_id, member_id, base, code)
SELECT %(tenant)s, found.id, found.base, found.base FROM found
ON CONFLICT (tenant_id, member_id) DO UPDATE SET base = excluded.base, code = excluded.base
WHERE u.base <> excluded.base
"""
# What one cart says of them. Its names of parameters end in its number.
OF_CART = """
SELECT r.id, CASE
    WHEN {verdict} = 'customers' THEN {CUSTOMERS} WHEN {verdict} = 'taken' THEN {TAKEN}
    WHEN {verdict} = 'members' THEN {MEMBERS} WHEN {verdict} = 'ended' THEN {ENDED}
    WHEN {verdict} = 'unique' THEN {WAITING}
    WHEN r.{key} = '' THEN {NO_KEY}
    WHEN g.key IS NOT NULL THEN {GONE}
    WHEN %(down{n})s THEN {DOWN}
    WHEN %(until{n})s::timestamptz IS NULL OR r.answered_at > %(until{n})s::timestamptz THEN {WAITING}
    ELSE {NOT_FOUND} END
FROM rest r
LEFT JOIN ({decisions}) d (member_id, customer_id, verdict) ON d.member_id = r.id {by_line}
LEFT JOIN (SELECT DISTINCT c.{key} AS key FROM cartsync_cartcustomer c
           WHERE c.tenant_id = %(tenant)s AND c.cart_id = %(cart{n})s AND c.{key} <> ''
             AND c.state <> ALL(%(linkable)s)) g ON g.key = r.{key}
"""
# What the LINE id decides comes first, where the cart uses it.
BY_LINE = (
    "LEFT JOIN ({decisions}) l (member_id, customer_id, verdict) ON l.member_id = r.id"
)


def store_unlinked_reasons() -> None:
    """Store the reason of every known member who is not linked; forget those of the others."""
    carts = _store_base_reasons()
    after, looked_at = None, 0
    while looked_at < MOST_LOOKED_AT and carts:
        members = _look_closer(carts, after)
        if not members:
            return
        after, looked_at = members[-1], looked_at + len(members)


@transaction.atomic
def _store_base_reasons() -> list[Cart]:
    """Store what the set-based statement finds and return the carts that were compared."""
    carts = list(Cart.objects.wanted().order_by("pk"))
    values: dict[str, Any] = {
        "tenant": get_current_tenant_id(),
        "linkable": [str(state) for state in CartCustomer.LINKABLE],
    }
    said = [f"SELECT r.id, {Code.NO_CART.value} FROM rest r"] if not carts else []
    for n, cart in enumerate(carts):
        said.append(_build_cart_part(n, cart))
        values |= {
            f"cart{n}": cart.pk,
            f"needs_order{n}": cart.needs_order,
            f"until{n}": cart.read_until,
            f"down{n}": FallbackReason(cart).down,
        }
    with connection.cursor() as cursor, set_based():
        cursor.execute(STORE.replace("{said}", "\nUNION ALL".join(said)), values)
    return carts


def _build_cart_part(n: int, cart: Cart) -> str:
    parts = {
        "decisions": build_decisions_sql(cart),
        "by_line": "",
        "verdict": "d.verdict",
    }
    if cart.uses_line_id:
        decided = LINE_DECISIONS.format(only="")
        parts["by_line"] = BY_LINE.format(decisions=decided)
        parts["verdict"] = "coalesce(l.verdict, d.verdict)"
    for name in ("cart", "needs_order"):
        parts = {
            key: part.replace(f"%({name})s", f"%({name}{n})s")
            for key, part in parts.items()
        }
    codes = {code.name: code.value for code in Code}
    return OF_CART.format(n=n, key=cart.key_column, **parts, **codes)


@transaction.atomic
def _look_closer(carts: Sequence[Cart], before: int | None) -> list[int]:
    """Look the next members up one by one, newest first, and return their ids."""
    rows = UnlinkedReason.objects.filter(base__in=LOOKED_AT).order_by("-member_id")
    if before:
        rows = rows.filter(member_id__lt=before)
    found = {
        row.member_id: row for row in rows.select_related("member").defer(None)[:BATCH]
    }
    members = [row.member for row in found.values()]
    near = {
        pk
        for cart in carts
        for pk in find_near_misses(
            cart, [one for one in members if getattr(one, cart.key_column)]
        )
    }
    typo = find_mistyped_members(carts, members)
    changed: dict[int, list[int]] = {}
    for pk, row in found.items():
        code = _decide_code(row, pk in near, pk in typo)
        if code != row.code:
            changed.setdefault(code, []).append(pk)
    for code, ids in changed.items():
        UnlinkedReason.objects.filter(member_id__in=ids).update(code=code)
    return list(found)


def _decide_code(row: UnlinkedReason, near: bool, typo: bool) -> int:
    if near:
        return Code.NEAR
    return Code.TYPO if typo and row.base == Code.NOT_FOUND else row.base


def find_mistyped_members(carts: Iterable[Cart], members: Sequence[Member]) -> set[int]:
    """Return the ids of those whose address looks mistyped, where a cart matches by it."""
    if all(cart.match_key != Cart.MatchKey.EMAIL for cart in carts):
        return set()
    return {member.pk for member in members if suggest_email(member.email)}
