"""Incoming mails are offered to the handlers in order; only trusted ones start anything."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging.extension import MessagingExtension, extensions
from messaging.mailboxes.handle import MailHandler, handle_waiting_mails
from messaging.mailboxes.manage import save_mailbox
from messaging.mailboxes.poll import build_row
from messaging.models import IncomingMail, Mailbox
from tenants.models import Tenant
from tests.extensions import hand_in_only
from tests.messaging.mailboxes.test_poll import make_mail, make_mailbox


def take_subjects(part: str, taken_as: str) -> Any:
    def take(mails: Sequence[IncomingMail]) -> Mapping[int, str]:
        if any("boom" in mail.subject for mail in mails):
            raise ValueError
        return {mail.pk: taken_as for mail in mails if part in mail.subject}

    return take


@pytest.fixture
def box(sakura: Tenant, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    handlers = (
        MailHandler("first", take_subjects("order", "first")),
        MailHandler("second", take_subjects("order 2", "second"), trusted_only=False),
    )
    hand_in_only(
        monkeypatch, extensions, MessagingExtension("test", mail_handlers=handlers)
    )
    return make_mailbox("imap", 1)


def receive(box: Mailbox, number: int, **changes: Any) -> None:
    row = build_row(box, make_mail(number), None)
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()


def read_outcomes() -> list[tuple[str, str, str]]:
    rows = IncomingMail.objects.order_by("pk")
    return list(rows.values_list("subject", "state", "handled_as"))


def test_the_first_handler_that_takes_a_mail_has_it(
    sakura: Tenant, box: Mailbox
) -> None:
    receive(box, 1)
    receive(box, 2)
    receive(box, 3, subject="news")
    handle_waiting_mails(sakura)
    assert read_outcomes() == [
        ("order 1", "handled", "first"),
        ("order 2", "handled", "first"),
        ("news", "ignored", ""),
    ]


def test_a_stranger_s_mail_starts_nothing(sakura: Tenant, box: Mailbox) -> None:
    receive(box, 1, sender="order@elsewhere.example")
    receive(box, 2, sender="order@elsewhere.example")
    receive(box, 3, is_forged=True)
    handle_waiting_mails(sakura)
    assert read_outcomes() == [
        ("order 1", "unverified", ""),
        ("order 2", "handled", "second"),
        ("order 3", "unverified", ""),
    ]


def test_what_came_before_its_sender_was_named_is_read(
    sakura: Tenant, box: Mailbox
) -> None:
    now = timezone.now()
    elsewhere = "order@elsewhere.example"
    receive(box, 1, sender=elsewhere, received_at=now)
    receive(box, 4, sender=elsewhere, received_at=now - timedelta(days=8))
    receive(box, 5, sender="order@third.example", received_at=now)
    receive(box, 6, sender=elsewhere, received_at=now, is_forged=True)
    handle_waiting_mails(sakura)
    box.senders += "\nelsewhere.example"
    save_mailbox(box)
    handle_waiting_mails(sakura)
    assert read_outcomes() == [
        ("order 1", "handled", "first"),
        ("order 4", "unverified", ""),
        ("order 5", "unverified", ""),
        ("order 6", "unverified", ""),
    ]


def test_one_mail_that_breaks_holds_up_no_other(sakura: Tenant, box: Mailbox) -> None:
    receive(box, 1)
    receive(box, 2, subject="boom")
    receive(box, 3)
    handle_waiting_mails(sakura)
    assert read_outcomes() == [
        ("order 1", "handled", "first"),
        ("boom", "broken", ""),
        ("order 3", "handled", "first"),
    ]


@pytest.mark.parametrize(
    ("senders", "trusted"),
    [
        ("order@shop.example.jp", True),
        ("ORDER@shop.example.jp", True),
        ("shop.example.jp", True),
        ("@example.jp", True),
        ("ample.jp", False),
        ("other@shop.example.jp", False),
        ("", False),
    ],
)
def test_who_is_on_the_list(sakura: Tenant, senders: str, trusted: bool) -> None:
    assert Mailbox(senders=senders).trusts("order@shop.example.jp") is trusted
