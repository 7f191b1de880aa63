"""Offer the mails that came to the handlers, in order; who takes a mail says as what."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise

from messaging.extension import extensions
from messaging.models import IncomingMail
from tenants.models import Tenant

logger = logging.getLogger(__name__)
BATCH = 200
State = IncomingMail.State


@dataclass(frozen=True)
class MailHandler:
    """Something that can use incoming mail.

    ``take`` gets a set of mails inside one transaction and returns mail id → as what it took it.
    """

    name: str
    take: Callable[[Sequence[IncomingMail]], Mapping[int, str]]
    # As what it takes mails → the word for it on the screens.
    labels: Mapping[str, str | Promise] = field(default_factory=dict)
    # Only mails from the senders that the shop named, and not forged.
    trusted_only: bool = True


def list_handlers() -> list[MailHandler]:
    return [handler for each in extensions.values() for handler in each.mail_handlers]


def handle_waiting_mails(tenant: Tenant) -> datetime | None:
    """Handle all that waits, a batch in a transaction; a mail that breaks its batch is marked and passed over."""
    while True:
        try:
            if not handle_batch(BATCH):
                return None
        except Exception:
            logger.exception("a batch of mails failed; they are handled one by one")
            if not handle_one_by_one():
                return None


@transaction.atomic
def handle_batch(most: int) -> int:
    """Handle up to ``most`` waiting mails, oldest first. Return how many."""
    waiting = IncomingMail.objects.waiting().select_related("mailbox")
    mails = list(
        waiting.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:most]
    )
    handle_mails(mails)
    return len(mails)


def handle_one_by_one() -> int:
    """Handle a batch mail by mail. Return how many, 0 when none was left."""
    with transaction.atomic():
        ids = list(
            IncomingMail.objects.waiting()
            .order_by("pk")
            .values_list("pk", flat=True)[:BATCH]
        )
    for mail_id in ids:
        try:
            with transaction.atomic():
                handle_mails(
                    list(
                        IncomingMail.objects.waiting()
                        .select_for_update(of=("self",))
                        .select_related("mailbox")
                        .filter(pk=mail_id)
                    )
                )
        except Exception:
            logger.exception("mail %s cannot be handled", mail_id)
            with transaction.atomic():
                IncomingMail.objects.filter(pk=mail_id).update(
                    state=State.BROKEN, handled_at=timezone.now()
                )
    return len(ids)


def handle_mails(mails: Sequence[IncomingMail]) -> None:
    """Offer the mails to each handler in turn and store what became of each."""
    open_mails = {mail.pk: mail for mail in mails}
    now = timezone.now()
    for handler in list_handlers():
        offered = [
            mail
            for mail in open_mails.values()
            if not handler.trusted_only or is_trusted(mail)
        ]
        for mail_id, taken_as in (handler.take(offered) if offered else {}).items():
            mail = open_mails.pop(mail_id)
            mail.state, mail.handled_as, mail.handled_at = State.HANDLED, taken_as, now
    for mail in open_mails.values():
        mail.state = State.IGNORED if is_trusted(mail) else State.UNVERIFIED
        mail.handled_at = now
    store_outcomes(mails)


def store_outcomes(mails: Sequence[IncomingMail]) -> None:
    """Write what became of the mails, a statement for each outcome: there are few of them, and many mails."""
    outcomes: dict[tuple[str, str], list[IncomingMail]] = {}
    for mail in mails:
        outcomes.setdefault((mail.state, mail.handled_as), []).append(mail)
    for (state, taken_as), same in outcomes.items():
        IncomingMail.objects.filter(pk__in=[mail.pk for mail in same]).update(
            state=state, handled_as=taken_as, handled_at=same[0].handled_at
        )


def is_trusted(mail: IncomingMail) -> bool:
    return not mail.is_forged and mail.mailbox.trusts(mail.sender)
