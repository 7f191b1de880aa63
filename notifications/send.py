"""Send what is to go by mail and LINE: up to three of a kind at once, what is more as one digest."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone, translation

from messaging.accounts.quota import is_quota_short
from messaging.accounts.senders import get_relay_sender
from messaging.content.make import make_mail_content, make_text_content
from messaging.deliveries.booking import book_message
from messaging.models import Delivery
from notifications.models import NoticeDelivery, OperatorLine, Way
from notifications.texts import write_notice
from operators.models import Operator, Seat
from tenants.models import Tenant

AT_ONCE = 3
WINDOW = timedelta(minutes=5)


@transaction.atomic
def send_notices(tenant: Tenant) -> datetime | None:
    """Book the messages of what is due; return when the next is. However much waits, each operator gets few."""
    now = timezone.now()
    due = NoticeDelivery.objects.filter(sent_at=None, due_at__lte=now)
    people = due.order_by("operator_id", "way").values_list("operator_id", "way")
    here = Seat.objects.filter(off_at=None, expires_at=None)
    operators = Operator.objects.filter(
        is_active=True, pk__in=here.values("operator_id")
    ).in_bulk()
    for operator_id, way in people.distinct():
        mine = due.filter(operator_id=operator_id, way=way)
        if operator := operators.get(operator_id):
            send_to_operator(tenant, operator, way, mine, now)
        else:  # who no longer works here hears of nothing
            mine.update(sent_at=now)
    waiting = NoticeDelivery.objects.filter(sent_at=None)
    return waiting.aggregate(next=Min("due_at"))["next"]


def send_to_operator(
    tenant: Tenant,
    operator: Operator,
    way: str,
    due: QuerySet[NoticeDelivery],
    now: datetime,
) -> None:
    """Send what was gathered as one message, and of each kind what may go alone; the rest waits for the next digest."""
    if gathered := list(lock_rows(due.filter(digest=True))):
        _book(tenant, operator, way, gathered, now)
    alone = due.filter(digest=False)
    kinds = alone.order_by("notice__kind").values_list("notice__kind", flat=True)
    for kind in list(kinds.distinct()):
        of_kind = alone.filter(notice__kind=kind)
        left = max(AT_ONCE - _count_recent(operator, way, kind, now), 0)
        for row in lock_rows(of_kind)[:left]:
            _book(tenant, operator, way, [row], now)
        postpone_to_digest(operator, way, of_kind, now)


def lock_rows(rows: QuerySet[NoticeDelivery]) -> QuerySet[NoticeDelivery]:
    ordered = rows.select_related("notice").order_by("due_at", "pk")
    return ordered.select_for_update(of=("self",), skip_locked=True)


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
    operator: Operator, way: str, rows: QuerySet[NoticeDelivery], now: datetime
) -> None:
    """Let these wait for the operator's next digest: the one that waits already, or one in five minutes."""
    waiting = NoticeDelivery.objects.filter(
        operator=operator, way=way, digest=True, sent_at=None, due_at__lte=now + WINDOW
    )
    first = waiting.aggregate(first=Min("due_at"))["first"]
    pks = rows.order_by().values("pk")
    NoticeDelivery.objects.filter(pk__in=pks).update(
        digest=True, due_at=first or now + WINDOW
    )


def _book(
    tenant: Tenant,
    operator: Operator,
    way: str,
    rows: Sequence[NoticeDelivery],
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


def list_due_phones() -> QuerySet[OperatorLine]:
    """Return the phones to which something is to go by LINE now."""
    due = NoticeDelivery.objects.filter(
        sent_at=None, due_at__lte=timezone.now(), way=Way.LINE
    )
    phones = OperatorLine.objects.select_related("account__tenant")
    return phones.filter(operator__in=due.values("operator_id"))


def _book_line(
    tenant: Tenant, operator: Operator, text: str, key: str
) -> Delivery | None:
    """Book it over the shop's account; None where mail goes instead.

    The operator is no friend, the account is stopped, or its month is nearly used up: customers come first.
    """
    phone = (
        OperatorLine.objects.select_related("account__sender")
        .filter(operator=operator)
        .first()
    )
    if not phone or not phone.account.is_active or phone.account.sender.paused_reason:
        return None
    # Without an address there is no other way.
    if operator.email and is_quota_short(phone.account):
        return None
    return book_message(
        tenant,
        source=Delivery.Source.NOTICE,
        content=make_text_content(text[:5000]),
        address=phone.line_user_id,
        sender=phone.account.sender,
        key=key,
    )
