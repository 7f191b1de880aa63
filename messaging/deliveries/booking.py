"""The one door for a single message: whoever wants to send one books it here, and the sender does the rest."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from members.models import Member
from messaging.accounts.senders import find_shop_sender
from messaging.models import Content, Delivery, Sender
from tenants.models import Tenant
from tenants.wakeups import wake


@transaction.atomic
def book_message(
    tenant: Tenant,
    *,
    source: int,
    content: Content,
    member: Member | None = None,
    address: str = "",
    sender: Sender | None = None,
    channel: str = "",
    key: str = "",
    is_ad: bool = False,
    due_at: datetime | None = None,
) -> Delivery:
    """Book one message and wake its sender; the same ``key`` books once, and returns what is booked.

    ``source`` is one of Delivery.Source. The recipient is ``member`` or ``address`` (of a mail, or a LINE user id),
    never both. Without ``sender`` it goes by the shop's first active one of ``channel`` ("line" or "mail", default: the
    content's kind), a mail by the rule for its address; raise NoSender when there is none. ``due_at``: default now.
    """
    if (member is None) == (address == ""):
        raise ValueError("A message goes to a member or to an address.")
    if not sender:
        to = address or (member.email if member else "")
        sender = find_shop_sender(channel or content.kind, to)
    planned = due_at or timezone.now()
    values = {
        "sender": sender, "channel": sender.kind, "source": source, "content": content, "member": member,
        "address": address, "is_ad": is_ad, "planned_at": planned, "due_at": planned,
    }  # fmt: skip
    if key:
        delivery, made = Delivery.objects.get_or_create(key=key, defaults=values)
    else:
        delivery, made = Delivery.objects.create(**values), True
    if made:
        wake(tenant, "messaging.dispatch", at=planned, subject=sender.pk)
    return delivery
