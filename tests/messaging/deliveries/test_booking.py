"""The one door for a single message."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from messaging.accounts.senders import NoSender, get_relay_sender
from messaging.content.make import make_mail_content, make_text_content
from messaging.deliveries.booking import book_message
from messaging.models import Delivery, LineAccount
from sandbox.serving import Sandbox
from tenants.models import Tenant, Wakeup
from tests.messaging.conftest import make_friends

NOTICE = Delivery.Source.NOTICE


def test_a_message_is_booked_and_its_sender_woken(
    account: LineAccount, line: Sandbox, sakura: Tenant
) -> None:
    (member,) = make_friends(line, account, 1)
    at = timezone.now() + timedelta(hours=1)
    content = make_text_content("こんにちは")
    booked = book_message(
        sakura, source=Delivery.Source.TEST, content=content, member=member, due_at=at
    )
    found = Delivery.objects.get()
    assert found == booked
    assert (found.sender, found.channel, found.state, found.due_at) == (
        account.sender,
        "line",
        Delivery.State.SCHEDULED,
        at,
    )
    woken = Wakeup.objects.get(kind="messaging.dispatch", subject=account.sender_id)
    assert woken.due_at == at


def test_the_same_key_books_once(sakura: Tenant) -> None:
    def book() -> Delivery:
        return book_message(
            sakura,
            source=NOTICE,
            content=make_mail_content("件名", "本文"),
            key="notice:1",
            address="aiko@example.jp",
            sender=get_relay_sender(sakura),
        )

    assert book() == book() == Delivery.objects.get()
    assert get_relay_sender(sakura) == Delivery.objects.get().sender


def test_a_shop_without_a_sender_is_told(sakura: Tenant) -> None:
    content = make_mail_content("件名", "本文")
    with pytest.raises(NoSender):
        book_message(sakura, source=NOTICE, content=content, address="a@example.jp")


def test_it_goes_to_a_member_or_an_address_never_both(
    account: LineAccount, line: Sandbox, sakura: Tenant
) -> None:
    (member,) = make_friends(line, account, 1)
    content = make_text_content("こんにちは")
    with pytest.raises(ValueError, match="member or to an address"):
        book_message(sakura, source=NOTICE, content=content)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(
            sender=account.sender,
            member=member,
            address="U1",
            content=content,
            planned_at=timezone.now(),
            due_at=timezone.now(),
        )
