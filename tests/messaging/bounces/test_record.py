"""What mails that came back, and refusals at once, do to deliveries and addresses."""

import pytest
from django.utils import timezone

from messaging.bounces.record import HANDLER
from messaging.extension import MessagingExtension, extensions
from messaging.mailboxes.handle import handle_waiting_mails
from messaging.mailboxes.poll import build_row
from messaging.models import Bounce, Call, Delivery, IncomingMail, Mailbox, Suppression
from messaging.suppression.manage import lift_suppression
from sandbox.mailcatcher import MailFaults
from tests.extensions import hand_in_only
from tests.messaging.bounces.test_report import FAILED, KEY, build_dsn
from tests.messaging.conftest import Shop
from tests.messaging.deliveries.test_mail import people
from tests.messaging.mailboxes.test_poll import make_mailbox


@pytest.fixture
def box(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    own = MessagingExtension("test", mail_handlers=(HANDLER,))
    hand_in_only(monkeypatch, extensions, own)
    with shop.open():
        return make_mailbox("imap", 1)


def send_to_one(shop: Shop) -> str:
    """Send one mail to one new member. Return the key of its call."""
    shop.dispatch(via=shop.mail(*people(shop, 1)))
    with shop.open():
        return str(Call.objects.latest("pk").key)


def bring(shop: Shop, box: Mailbox, key: str, fields: str = FAILED) -> str:
    """Have the report about this call arrive; return as what it was taken."""
    raw = build_dsn(fields).replace(KEY, key).encode()
    with shop.open():
        row = build_row(box, raw, timezone.now())
        row.save()
    handle_waiting_mails_of(shop)
    with shop.open():
        taken = IncomingMail.objects.get(pk=row.pk)
        return f"{taken.state} {taken.handled_as}"


def handle_waiting_mails_of(shop: Shop) -> None:
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(shop.tenant):
        handle_waiting_mails(shop.tenant)


def list_held(shop: Shop) -> list[tuple[str, str, str]]:
    with shop.open():
        rows = Suppression.objects.open().order_by("pk")
        return list(rows.values_list("address", "reason", "note"))


def test_an_address_that_does_not_exist_is_held_at_once(
    shop: Shop, box: Mailbox
) -> None:
    key = send_to_one(shop)
    assert bring(shop, box, key) == "handled bounce"
    with shop.open():
        delivery = Delivery.objects.get()
        email = delivery.member.email
        bounce = Bounce.objects.get(delivery=delivery)
        assert (delivery.state, delivery.reason) == (Delivery.State.FAILED, "returned")
        assert (bounce.kind, bounce.status, bounce.address) == ("hard", "5.1.1", email)
    said = "550 5.1.1 <a@example.jp> User unknown"
    assert list_held(shop) == [(email, "bounce", said)]


def test_soft_ones_count_to_three_each_mail_once(shop: Shop, box: Mailbox) -> None:
    soft = FAILED.replace("5.1.1", "4.2.2")
    sender = shop.mail(*people(shop, 1))
    shop.dispatch(via=sender)
    with shop.open():
        member = Delivery.objects.get().member
    for _turn in range(2):
        shop.dispatch(via=shop.mail(member))
        shop.dispatch(via=sender)  # the usual account, to which the rules give it
    with shop.open():
        keys = [str(call.key) for call in Call.objects.order_by("pk")]
    for n, key in enumerate((keys[0], keys[0], keys[1])):
        assert bring(shop, box, key, f"{soft}X-Number: {n}\n") == "handled bounce"
        assert list_held(shop) == []
    bring(shop, box, keys[2], soft)
    assert [row[:2] for row in list_held(shop)] == [(member.email, "bounce")]
    with shop.open():
        lift_suppression(Suppression.objects.get())
    bring(shop, box, keys[2], f"{soft}X-Number: 9\n")
    assert list_held(shop) == []


def test_a_delay_and_a_refusal_of_the_text_hold_nobody(
    shop: Shop, box: Mailbox
) -> None:
    key = send_to_one(shop)
    delay = FAILED.replace("failed", "delayed").replace("5.1.1", "4.4.1")
    assert bring(shop, box, key, delay) == "handled delayed"
    assert shop.states() == {"2": 1}
    for n in range(3):
        policy = FAILED.replace("5.1.1", "5.7.1") + f"X-Number: {n}\n"
        bring(shop, box, key, policy)
    assert (list_held(shop), shop.states()) == ([], {"4 returned": 1})


def test_a_report_about_another_mail_holds_nobody(shop: Shop, box: Mailbox) -> None:
    send_to_one(shop)
    assert bring(shop, box, KEY) == "handled other_bounce"
    assert (list_held(shop), shop.states()) == ([], {"2": 1})


def test_a_refusal_at_once_holds_the_address(shop: Shop) -> None:
    members = people(shop, 2)
    sender = shop.mail(*members)
    shop.line.mail.faults = MailFaults(refuse_550=1.0)
    shop.dispatch(via=sender)
    assert shop.states() == {"4 refused": 2}
    assert sorted(list_held(shop)) == sorted(
        (member.email, "bounce", "550 5.1.1 No such user") for member in members
    )


def test_a_refusal_of_what_may_have_arrived_holds_nobody(shop: Shop) -> None:
    sender = shop.mail(*people(shop, 1))
    shop.line.mail.faults = MailFaults(drop_after=1.0)
    shop.dispatch(via=sender)
    shop.line.mail.faults = MailFaults(refuse_550=1.0)
    shop.shift(600)
    shop.dispatch(via=sender)
    assert (shop.states(), list_held(shop)) == ({"6 unsure": 1}, [])
