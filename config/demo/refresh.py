"""Make the demo shop, or find it again with the addresses of this run."""

import os

from django.conf import settings
from django.db import transaction

from cartsync.models import Cart
from config.demo.line import befriend_members, register_channel
from config.demo.ordermail import make_order_mails
from config.demo.shop import (
    DEMO_CART,
    MAIL_ACCOUNT,
    build_demo_settings,
    make_neighbour,
    make_shop,
)
from members.models import Member
from messaging.models import (
    LineAccount,
    MailAccount,
    Mailbox,
)
from rpa.models import RobotLogin
from tenants.models import Tenant
from tenants.scope import open_tenant_scope


def refresh_shop() -> None:
    """Make the shop where it is missing, and write down where this run serves its cart, mail and LINE."""
    with transaction.atomic():
        shop = Tenant.objects.filter(slug="demo").first()
        new = shop is None
        shop = shop or make_shop()
        if not Tenant.objects.filter(slug="neighbour").exists():
            make_neighbour()
    with open_tenant_scope(shop), transaction.atomic():
        account = LineAccount.objects.get(channel_id="2000000001")
        register_channel(shop, account)
        Cart.objects.filter(name=DEMO_CART).update(settings=build_demo_settings())
        MailAccount.objects.filter(name=MAIL_ACCOUNT).update(port=settings.EMAIL_PORT)
        RobotLogin.objects.filter(cart__name=DEMO_CART).update(
            url=os.environ["DEMO_CART_URL"]
        )
        if not Mailbox.objects.filter(kind=Mailbox.Kind.OWN).exists():
            make_order_mails()
        if new:
            print("their LINE", flush=True)
            befriend_members(account)
        print(f"{Member.objects.count():,} members", flush=True)
