"""受注リスト: the first page of a long list of orders, and the same under a tag that few have."""

from functools import partial
from typing import Any

from bench.carts.staging import SCALE, count, make_cart, report, scope
from bench.stage import Table, fill, median_seconds, owner, shop

ORDERS = int(10_000_000 * SCALE)


def run(table: Table) -> None:
    number = fill_orders()
    with scope(number):
        compare_orders(table)


def fill_orders() -> int:
    """Make the orders of a tenth as many customers, who are linked with members; one of a thousand has the tag."""
    from django.db import transaction

    from cartsync.models import CartOrder
    from members.models import MemberTag, Tag
    from tenants.scope import open_tenant_scope

    tenant = shop(f"orders{ORDERS}")
    cart = make_cart(tenant)
    if count(CartOrder, tenant):
        return int(tenant.pk)
    own, people = {"tenant_id": str(tenant.pk), "cart_id": str(cart)}, ORDERS // 10
    member = fill_linked_people(own, people)
    fill(
        CartOrder,
        ORDERS,
        **own,
        external_id="n::text",
        customer_external_id=f"(n % {people} + 1)::text",
        number="'D' || n",
        state="'sold'",
        total="n % 9000",
        ordered_at="now() - n * interval '10 seconds'",
    )
    with open_tenant_scope(tenant), transaction.atomic():
        tag = Tag.objects.create(name="お得意様", name_key="お得意様")
    fill(
        MemberTag,
        people // 1000,
        tenant_id=str(tenant.pk),
        tag_id=str(tag.pk),
        member_id=f"{member} + n * 997 % {people}",
    )
    return int(tenant.pk)


def fill_linked_people(own: dict[str, str], people: int) -> int:
    """Make members and as many customers, linked one to one; return the first member's key."""
    from cartsync.models import CartCustomer, Link
    from members.models import Member

    fill(
        Member,
        people,
        tenant_id=own["tenant_id"],
        public_id="lpad(n::text, 12, 'o')",
        name_key="'会員' || n % 1000",
        line_state="'friend'",
        link_state="'linked'",
        known_at="now()",
    )
    fill(
        CartCustomer,
        people,
        **own,
        external_id="n::text",
        number="'C' || n",
        name_key="'会員' || n % 1000",
        state="'member'",
        addresses="'[]'",
    )
    with owner() as db:
        found = [
            db.execute(
                f"SELECT min(id) FROM {table} WHERE tenant_id = %s", [own["tenant_id"]]
            )
            for table in ("members_member", "cartsync_cartcustomer")
        ]
        member, customer = (int((row.fetchone() or (0,))[0]) for row in found)
    fill(
        Link,
        people,
        **own,
        member_id=f"{member} + n - 1",
        customer_id=f"{customer} + n - 1",
        matched_by="'phone'",
        ended_at="NULL",
        changed_at="NULL",
        public_id="lpad(n::text, 12, 'k')",
    )
    return member


def compare_orders(table: Table) -> None:
    from django.db import transaction
    from django.test import RequestFactory

    from cartsync.orders.select import select_orders
    from cartsync.screens.orders.filters import OrderFilters
    from cartsync.screens.orders.views import attach_members
    from console.pager import paginate_rows
    from members.models import Tag
    from operators.models import Seat

    def read_first_page(**given: str) -> None:
        request: Any = RequestFactory().get("/", given)
        request.seat = seat
        with transaction.atomic():
            rows = OrderFilters(request, select_orders()).qs
            page = paginate_rows(rows, request.GET, ["-ordered_at"])
            attach_members(page.rows)
            assert 0 < len(page.rows) <= 100, len(page.rows)

    with transaction.atomic():
        tag = str(Tag.objects.get(name="お得意様").public_id)
    seat = Seat(
        pk=0
    )  # nobody: the own conditions that are offered are not what is measured
    seconds = median_seconds(read_first_page, 3)
    report(table, f"first page of {ORDERS:,} orders", seconds)
    tagged = median_seconds(partial(read_first_page, tag=tag), 3)
    report(table, "the same under a tag that 0.1 % have", tagged)
    assert seconds <= 0.15, seconds
    assert tagged <= 1, tagged
