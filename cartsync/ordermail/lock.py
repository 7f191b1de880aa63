"""The shop's lock of order mails: an order that a mail and an API tell at the same time is made once."""

from django.db import connection

from cartsync.models import Cart
from cartsync.models.carts import ORDER_MAIL
from tenants.scope import get_current_tenant_id

LOCK_CLASS = 0x6F6D6C  # "oml"


def lock_order_mails() -> None:
    """Hold the shop's lock of order mails until the transaction ends; take it before rows of members and customers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s::bigint::bit(32)::int)",
            [LOCK_CLASS, get_current_tenant_id()],
        )


def lock_if_mails_bring_orders() -> bool:
    """Hold the lock where mails told of orders of this shop, and return whether they did."""
    if not Cart.objects.filter(kind=ORDER_MAIL).exists():
        return False
    lock_order_mails()
    return True
