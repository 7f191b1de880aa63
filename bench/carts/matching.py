"""RPA: 10,000 requests searched in our copy of a cart with 300,000 customers, and matched with their subscriptions.

The plain way asks the copy about each request by the ORM; the floor is one join.
"""

from functools import partial

from bench.stage import Table, fill, median_seconds, owner, shop

CUSTOMERS, REQUESTS = 300_000, 10_000
FLOOR = """
SELECT count(*) FROM (
    SELECT m.id FROM members_member m JOIN cartsync_cartcustomer c ON c.email_key = m.email_key
    JOIN cartsync_cartsubscription s ON s.customer_external_id = c.external_id AND s.cart_id = c.cart_id
    WHERE m.tenant_id = %(tenant)s AND c.tenant_id = %(tenant)s AND s.tenant_id = %(tenant)s AND s.state = 'active'
    GROUP BY m.id HAVING count(*) = 1) matched
"""


def run(table: Table) -> None:
    number = fill_shop()
    ways = (ours, plain, floor)
    found = {way(number) for way in ways}
    assert found == {REQUESTS * 9 // 10}, found
    values = [median_seconds(partial(way, number), 3) for way in ways]
    table.seconds(f"{REQUESTS:,} requests searched and matched", *values)
    assert values[0] <= 30, values


def fill_shop() -> int:
    """Make the cart's copy and 10,000 members who answered, of whom the cart does not know each tenth."""
    from django.db import transaction

    from cartsync.models import Cart, CartCustomer, CartSubscription
    from members.models import Member
    from tenants.scope import open_tenant_scope

    tenant = shop("matching")
    with open_tenant_scope(tenant), transaction.atomic():
        cart = Cart.objects.first() or Cart.objects.create(name="bench", kind="ecforce")
        if CartCustomer.objects.exists():
            return int(tenant.pk)
    mail, phone = "'user' || n || '@example.jp'", "'+8190' || lpad(n::text, 8, '0')"
    own = {"tenant_id": str(tenant.pk), "cart_id": str(cart.pk)}
    fill(
        CartCustomer,
        CUSTOMERS,
        **own,
        external_id="n::text",
        number="'C' || n",
        name_key="'会員' || n % 1000",
        email_key=mail,
        phone_e164=phone,
        state="'member'",
        addresses="'[]'",
    )
    fill(
        CartSubscription,
        CUSTOMERS,
        **own,
        external_id="'S' || n",
        customer_external_id="n::text",
        product="'青汁'",
        state="'active'",
    )
    known = f"CASE WHEN n % 10 = 0 THEN -n ELSE n * {CUSTOMERS // REQUESTS} END"
    fill(
        Member,
        REQUESTS,
        tenant_id=str(tenant.pk),
        public_id="lpad(n::text, 12, 'm')",
        name_key="'会員' || n",
        email_key=f"'user' || ({known}) || '@example.jp'",
        phone_e164=f"'+8190' || lpad(({known})::text, 8, '0')",
        answered_at="now()",
        line_state="'friend'",
        link_state="'known'",
    )
    return int(tenant.pk)


def ours(tenant_id: int) -> int:
    """The setting's own search with two keys, then the subscriptions of everybody found, compared as a request is."""
    from django.db import transaction

    from cartsync.models import Cart
    from rpa.models import RpaSettings
    from rpa.search.copies import match_in_copy
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(tenant_id), transaction.atomic():
        settings = RpaSettings(ticked=["email", "phone"])
        matched = match_in_copy(Cart.objects.get(), settings, "青汁", REQUESTS)
        return len(matched)


def plain(tenant_id: int) -> int:
    from django.db import transaction

    from cartsync.models import Cart, CartCustomer, CartSubscription
    from members.models import Member
    from tenants.scope import open_tenant_scope

    matched = 0
    with open_tenant_scope(tenant_id), transaction.atomic():
        cart = Cart.objects.get()
        for member in Member.objects.exclude(answered_at=None)[:REQUESTS]:
            found = list(
                CartCustomer.objects.filter(cart=cart, email_key=member.email_key)[:2]
            )
            if len(found) == 1:
                rows = CartSubscription.objects.filter(
                    cart=cart, customer_external_id=found[0].external_id, state="active"
                )
                matched += rows.count() == 1
    return matched


def floor(tenant_id: int) -> int:
    with owner() as db:
        row = db.execute(FLOOR, {"tenant": tenant_id}).fetchone()
        assert row
        return int(row[0])
