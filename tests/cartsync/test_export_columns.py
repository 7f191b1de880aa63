"""What the carts add to an exported file."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from cartsync.models import Cart, CartCustomer, Link
from members.exports.columns import list_export_columns
from members.exports.query import MANY, build_export_statement
from members.models import Member
from tenants.models import Tenant

NAMES = [
    "cart_state",
    "customer_id",
    "customer_number",
    "buy_times",
    "buy_total",
    "subscription_times",
    "points",
    "points_expire",
    "coupons",
]
LAST = datetime(2026, 12, 31, 15, tzinfo=UTC)  # New Year's Day in Japan


def linked(
    member: Member, cart: Cart, number: str, ended: bool = False, **counts: Any
) -> None:
    now = timezone.now()
    customer = CartCustomer.objects.create(
        cart=cart,
        external_id=f"x{number}",
        number=number,
        changed_at=now,
        seen_at=now,
        **counts,
    )
    Link.objects.create(
        cart=cart,
        member=member,
        customer=customer,
        linked_at=now,
        ended_at=now if ended else None,
    )


@pytest.mark.parametrize("count", [1, MANY])
def test_counts_add_up_over_the_carts_a_member_is_linked_to(
    sakura: Tenant, count: int
) -> None:
    one, two = (
        Cart.objects.create(
            name=name,
            kind="ecforce",
            settings={"base_url": "https://x.jp", "token": "t"},
        )
        for name in "12"
    )
    hana = Member.objects.create(name="花子", cart_state="member")
    Member.objects.create(name="他")
    linked(
        hana,
        one,
        "1001",
        buy_times=2,
        buy_total=3000,
        subscription_times=3,
        points=10,
        points_expire_at=LAST,
        coupons="HELLO",
    )
    linked(
        hana,
        two,
        "2001",
        buy_times=1,
        buy_total=500,
        subscription_times=1,
        points=5,
        points_expire_at=LAST + timedelta(days=1),
    )
    linked(
        hana, two, "2000", ended=True, buy_times=9, buy_total=9, subscription_times=9
    )
    sql, params = build_export_statement(
        Member.objects.all(),
        [list_export_columns()[name] for name in NAMES],
        count,
        formulas=False,
    )
    assert sql.count("cartsync_cartcustomer") == 1
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        assert cursor.fetchall() == [
            ("", *[None] * 8),
            (
                "会員",
                "x1001、x2001",
                "1001、2001",
                "3",
                "3500",
                "3",
                "15",
                "2027/01/01",
                "HELLO",
            ),
        ]
