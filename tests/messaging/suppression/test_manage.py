"""Addresses that get no mail: checked in the statement that takes what is due."""

from typing import Any

import pytest
from django.db import transaction

from members.models import Member
from messaging.content.make import make_mail_content
from messaging.deliveries.booking import book_message
from messaging.models import Delivery, Suppression
from messaging.suppression.keys import build_suppression_key
from messaging.suppression.manage import (
    find_suppressions,
    lift_suppression,
    suppress_address,
)
from operators.models import AuditEntry
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.messaging.conftest import Shop

Source, Reason = Delivery.Source, Suppression.Reason


def book(shop: Shop, source: int, **to: Any) -> Delivery:
    content = make_mail_content("件名", "本文")
    return book_message(shop.tenant, source=source, content=content, **to)


@pytest.mark.parametrize(
    ("reason", "source", "state"),
    [
        (Reason.BOUNCE, Source.STEP, "3 bounced"),
        (Reason.BOUNCE, Source.FORM_MAIL, "3 bounced"),
        (Reason.BOUNCE, Source.TEST, "2"),
        (Reason.BY_HAND, Source.REPLY, "3 suppressed"),
        (Reason.UNSUBSCRIBED, Source.STEP, "3 unsubscribed"),
        (Reason.UNSUBSCRIBED, Source.BROADCAST, "3 unsubscribed"),
        (Reason.UNSUBSCRIBED, Source.REPLY, "2"),
    ],
)
def test_a_held_address_gets_no_mail(
    shop: Shop, reason: str, source: int, state: str
) -> None:
    sender = shop.mail()
    with shop.open():
        suppress_address(" Hanako@Example.JP", reason)
        member = Member.objects.create(
            email="HANAKO@Example.jp", email_key="hanako@example.jp"
        )
        book(shop, source, member=member, sender=sender)
        book(shop, source, address="Hanako@example.jp", sender=sender)
        book(shop, source, address="taro@example.jp", sender=sender)
    shop.dispatch(via=sender)
    expected = {"2": 3} if state == "2" else {state: 2, "2": 1}
    assert shop.states() == expected


def test_of_several_reasons_the_strongest_counts(shop: Shop) -> None:
    sender = shop.mail()
    with shop.open():
        suppress_address("a@example.jp", Reason.UNSUBSCRIBED)
        suppress_address("a@example.jp", Reason.BOUNCE)
        book(shop, Source.REPLY, address="a@example.jp", sender=sender)
    shop.dispatch(via=sender)
    assert shop.states() == {"3 bounced": 1}


def test_a_lifted_address_gets_mail_again(shop: Shop) -> None:
    sender = shop.mail()
    with shop.open():
        held = suppress_address("a@example.jp", Reason.BOUNCE, "550 5.1.1 unknown")
        assert suppress_address("A@example.jp", Reason.BOUNCE) == held
        assert find_suppressions(["A@example.jp", "b@example.jp"]) == {
            "A@example.jp": [held],
            "b@example.jp": [],
        }
        assert lift_suppression(held) is True
        assert lift_suppression(held) is False
        book(shop, Source.STEP, address="a@example.jp", sender=sender)
        actions = AuditEntry.objects.filter(action__startswith="suppression.")
        assert list(actions.order_by("pk").values_list("action", flat=True)) == [
            "suppression.added",
            "suppression.lifted",
        ]
    shop.dispatch(via=sender)
    assert shop.states() == {"2": 1}


def test_another_shop_s_suppression_holds_nobody_here(shop: Shop) -> None:
    momiji = Tenant.objects.get(slug="momiji")
    with open_tenant_scope(momiji), transaction.atomic():
        suppress_address("a@example.jp", Reason.BOUNCE)
    sender = shop.mail()
    with shop.open():
        book(shop, Source.STEP, address="a@example.jp", sender=sender)
    shop.dispatch(via=sender)
    assert shop.states() == {"2": 1}


def test_keys_of_addresses() -> None:
    assert build_suppression_key("Ｈanako@Example.JP ") == "hanako@example.jp"
    assert build_suppression_key("a..b@docomo.ne.jp") == "a..b@docomo.ne.jp"
    assert build_suppression_key(" NOT an address") == "not an address"
