"""Who may not see personal data sees them nowhere: every page asked as such a seat, looking for a canary."""

import re
from typing import Any

import pytest

from cartsync.models import CartCustomer, CartOrder, Link, OrderMail
from helpdesk.models import HelpDesk
from members.models import IdentityRecord, ImportRow, Member
from messaging.models import Bounce, Delivery, IncomingMail, Suppression
from operators.models import Seat
from operators.roles import Role
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import client_for
from tests.walls.test_actions import make_everything_current
from tests.walls.test_http import console_paths
from tests.walls.test_urls import Shops
from tests.walls.test_urls import shops as shops
from tests.walls.test_urls import worlds as worlds

NAME, EMAIL = "鹿内 佐久良", "canary.bird@example.jp"
PHONE, LINE = "090-7654-3210", "かなりや"
# Pages that show a message as this or that member gets it.
FILLED_IN = ["/preview/", "/log/"]
# The telephone number with its prefix, however it is written: four digits alone are in some random ID of every run.
CANARIES = re.compile("|".join([NAME, r"canary\.bird", r"(?:0|\+81)90-?7654", LINE]))


def plant(shop: Tenant) -> None:
    """Give the world's people what must not be seen."""
    make = {"name": NAME, "email": EMAIL, "phone": PHONE}
    keys = {"name_key": "鹿内佐久良", "email_key": EMAIL, "phone_e164": "+819076543210"}
    with open_tenant_scope(shop):
        # A friend, so that the dry run shows what a message would say.
        friend = {"line_state": Member.LineState.FRIEND, "line_optout_at": None}
        Member.objects.update(line_name=LINE, birth_md=1122, **friend, **make, **keys)
        IdentityRecord.objects.update(**make)
        CartCustomer.objects.update(
            addresses=[{"name": NAME, "phone": PHONE, "address": NAME}], **make
        )
        CartOrder.objects.update(name=NAME)
        OrderMail.objects.update(**make)
        said = f"{NAME}様 {PHONE} {EMAIL}"
        IncomingMail.objects.update(
            subject=said, text=said, sender=EMAIL, sender_name=NAME, to=EMAIL
        )
        Suppression.objects.update(address=EMAIL, note=said)
        Bounce.objects.update(address=EMAIL, said=said)
        HelpDesk.objects.update(link_template="{base}?q={email}")
        Link.objects.update(
            member_email=EMAIL,
            member_phone="+819076543210",
            customer_email=EMAIL,
            customer_phone="+819076543210",
            customer_names=NAME,
        )
        ImportRow.objects.update(name=NAME, email=EMAIL, phone=PHONE, key=EMAIL)
        Delivery.objects.exclude(address="").update(address=EMAIL)


def find_canaries(page: Any) -> list[str]:
    text = page.content.decode(errors="replace") if not page.streaming else ""
    return sorted(set(CANARIES.findall(text)))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.STAFF, Role.OWNER])
def test_no_page_shows_them(shops: Shops, role: Role) -> None:
    make_everything_current(shops)
    plant(shops.cast.sakura)
    aiko, vic = client_for(shops.cast.aiko), client_for(shops.cast.vic)
    with open_tenant_scope(shops.cast.sakura):
        Seat.objects.filter(operator=shops.cast.vic).update(
            role=role, rights={"personal": False}
        )
    paths = console_paths(shops, aiko)
    seen = {path: find_canaries(vic.get(path)) for path in paths}
    assert {path: found for path, found in seen.items() if found} == {}
    if role == Role.VIEWER:
        # In clear they are on many pages, or this test would prove nothing; among them where messages are filled in.
        clear = {path: find_canaries(aiko.get(path)) for path in paths}
        assert len([path for path, found in clear.items() if found]) > 15
        named = [path for path, found in clear.items() if LINE in found]
        assert [
            end for end in FILLED_IN if not any(end in each for each in named)
        ] == []
