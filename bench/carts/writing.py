"""Carts: a million links written with their tag and state, part by part, as a poll does."""

from typing import Any

from bench.carts.linking import PEOPLE, UNLINKED, fill_shop, load_cart, measure
from bench.carts.staging import report, scope
from bench.stage import Table, owner

UNDO = (
    "DELETE FROM cartsync_link WHERE tenant_id = %(tenant)s AND cart_id = %(cart)s",
    "DELETE FROM members_membertag WHERE tenant_id = %(tenant)s",
    "DELETE FROM members_tagbatch WHERE tenant_id = %(tenant)s",
    """UPDATE members_member SET link_state = 'known', cart_state = ''
       WHERE tenant_id = %(tenant)s AND link_state <> 'known'""",
)


def run(table: Table) -> None:
    number = fill_shop()
    with scope(number):
        cart = load_cart()
        try:
            compare_writing(table, cart)
        finally:  # the other parts find nobody linked
            undo_links(cart)


def compare_writing(table: Table, cart: Any) -> None:
    from django.db import transaction

    from cartsync.matching.match import match_members_in_parts, update_link_states
    from cartsync.models import Link
    from members.models import Member, MemberTag

    def link_all() -> None:
        linked = sum(len(part) for part in match_members_in_parts(cart))
        assert linked == PEOPLE - UNLINKED, linked
        update_link_states()

    seconds = measure(link_all)
    report(table, f"{PEOPLE - UNLINKED:,} links written with tag and state", seconds)
    with transaction.atomic():
        counts = (
            Link.objects.current().count(),
            MemberTag.objects.filter(tag=cart.linked_tag).count(),
            Member.objects.filter(link_state="linked", cart_state="member").count(),
        )
    assert counts == (PEOPLE - UNLINKED,) * 3, counts
    assert seconds <= 120, seconds


def undo_links(cart: Any) -> None:
    with owner() as db:
        for statement in UNDO:
            db.execute(statement, {"tenant": cart.tenant_id, "cart": cart.pk})
        for name in ("cartsync_link", "members_membertag", "members_member"):
            db.execute(f"VACUUM ANALYZE {name}")
