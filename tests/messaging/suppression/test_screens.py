"""A held address on the pages of the member and the delivery, and its release."""

from django.test import Client
from django.utils import timezone

from members.models import Member
from messaging.content.make import make_mail_content
from messaging.deliveries.booking import book_message
from messaging.models import Bounce, Delivery, Suppression
from messaging.suppression.manage import suppress_address
from operators.models import AuditEntry
from sandbox.serving import Sandbox
from tenants.models import Tenant
from tests.messaging.conftest import make_mail_account

HELD = "このメールアドレスへの送信を止めています"


def make_returned(sakura: Tenant, line: Sandbox) -> Delivery:
    member = Member.objects.create(email="a@example.jp", email_key="a@example.jp")
    delivery = book_message(
        sakura,
        source=Delivery.Source.STEP,
        content=make_mail_content("件名", "本文"),
        member=member,
        sender=make_mail_account(line).sender,
    )
    Bounce.objects.create(
        delivery=delivery,
        address="a@example.jp",
        kind="hard",
        status="5.1.1",
        said="550 5.1.1 No such user",
        at=timezone.now(),
    )
    return delivery


def test_the_member_and_the_delivery_say_so_and_release(
    sakura: Tenant, line: Sandbox, aiko: Client
) -> None:
    delivery = make_returned(sakura, line)
    held = suppress_address("a@example.jp", "bounce", "550 5.1.1 No such user")
    page = f"/t/sakura/messages/log/{delivery.public_id}/"
    member_page = f"/t/sakura/members/{delivery.member.public_id}/?tab=messages"
    for path in (page, member_page):
        text = aiko.get(path).content.decode()
        assert (HELD in text, "550 5.1.1 No such user" in text) == (True, True)
    lift = f"/t/sakura/messages/suppressions/{held.public_id}/lift/"
    answer = aiko.post(lift, {"next": page})
    assert answer["Location"] == page
    assert HELD not in aiko.get(page).content.decode()
    assert Suppression.objects.get().lifted_by.login_id == "aiko"
    last = AuditEntry.objects.latest("pk")
    assert (last.action, last.data) == ("suppression.lifted", {"reason": "bounce"})


def test_who_may_only_look_does_not_release(
    sakura: Tenant, line: Sandbox, vic: Client
) -> None:
    held = suppress_address("a@example.jp", "bounce")
    lift = f"/t/sakura/messages/suppressions/{held.public_id}/lift/"
    assert vic.post(lift).status_code == 403
    assert Suppression.objects.open().count() == 1
