"""Send what is to go by mail and LINE: up to three of a kind at once, what is more as one digest."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min
from django.utils import timezone, translation

from messaging.accounts.senders import get_relay_sender
from messaging.content.make import make_mail_content, make_text_content
from messaging.deliveries.booking import book_message
from messaging.models import Delivery
from notifications.models import NoticeDelivery, OperatorLine, Way
from notifications.texts import write_notice
from operators.models import Operator
from tenants.models import Tenant

AT_ONCE = 3
WINDOW = timedelta(minutes=5)
BATCH = 1000


@transaction.atomic
def send_notices(tenant: Tenant) -> datetime | None:
    """Book the messages of what is due; return when the next is."""
    now = timezone.now()
    due = NoticeDelivery.objects.filter(sent_at=None, due_at__lte=now)
    rows = due.select_related("notice", "operator").order_by("due_at", "pk")
    by_person: dict[tuple[int, str], list[NoticeDelivery]] = defaultdict(list)
    for row in rows.select_for_update(of=("self",), skip_locked=True)[:BATCH]:
        by_person[row.operator_id, row.way].append(row)
    for (_operator_id, way), mine in sorted(by_person.items()):
        send_to_operator(tenant, mine[0].operator, way, mine, now)
    waiting = NoticeDelivery.objects.filter(sent_at=None)
    return waiting.aggregate(next=Min("due_at"))["next"]


def send_to_operator(
    tenant: Tenant,
    operator: Operator,
    way: str,
    rows: list[NoticeDelivery],
    now: datetime,
) -> None:
    """Send the rows that may go alone, gather the others, and send what was gathered."""
    gathered = [row for row in rows if row.digest]
    if gathered:
        _book(tenant, operator, way, gathered, now)
    by_kind: dict[str, list[NoticeDelivery]] = defaultdict(list)
    for row in rows:
        if not row.digest:
            by_kind[row.notice.kind].append(row)
    for kind, alone in by_kind.items():
        left = max(AT_ONCE - _count_recent(operator, way, kind, now), 0)
        for row in alone[:left]:
            _book(tenant, operator, way, [row], now)
        postpone_to_digest(operator, way, alone[left:], now)


def _count_recent(operator: Operator, way: str, kind: str, now: datetime) -> int:
    recent = NoticeDelivery.objects.filter(
        operator=operator,
        way=way,
        digest=False,
        notice__kind=kind,
        sent_at__gt=now - WINDOW,
    )
    return recent.count()


def postpone_to_digest(
    operator: Operator, way: str, rows: Iterable[NoticeDelivery], now: datetime
) -> None:
    """Let these wait for the operator's next digest: the one that waits already, or one in five minutes."""
    pks = [row.pk for row in rows]
    if not pks:
        return
    waiting = NoticeDelivery.objects.filter(
        operator=operator, way=way, digest=True, sent_at=None, due_at__lte=now + WINDOW
    )
    first = waiting.aggregate(first=Min("due_at"))["first"]
    NoticeDelivery.objects.filter(pk__in=pks).update(
        digest=True, due_at=first or now + WINDOW
    )


def _book(
    tenant: Tenant,
    operator: Operator,
    way: str,
    rows: list[NoticeDelivery],
    now: datetime,
) -> None:
    """Book one message for these; what can go by neither way is closed without one and stays behind the bell."""
    with translation.override(operator.language):
        subject, text = write_notice(tenant, [row.notice for row in rows])
    key = f"notice:{rows[0].public_id}"
    message = _book_line(tenant, operator, text, key) if way == Way.LINE else None
    if not message and operator.email:
        message = book_message(
            tenant,
            source=Delivery.Source.NOTICE,
            content=make_mail_content(subject, text),
            address=operator.email,
            sender=get_relay_sender(tenant),
            key=key,
        )
    pks = [row.pk for row in rows]
    NoticeDelivery.objects.filter(pk__in=pks).update(sent_at=now, message=message)


def _book_line(
    tenant: Tenant, operator: Operator, text: str, key: str
) -> Delivery | None:
    """Book it over the shop's account; None where it is stopped or the operator is no friend: then mail goes."""
    phone = (
        OperatorLine.objects.select_related("account__sender")
        .filter(operator=operator)
        .first()
    )
    if not phone or not phone.account.is_active or phone.account.sender.paused_reason:
        return None
    return book_message(
        tenant,
        source=Delivery.Source.NOTICE,
        content=make_text_content(text[:5000]),
        address=phone.line_user_id,
        sender=phone.account.sender,
        key=key,
    )
