"""Save, start and stop a broadcast. Nobody is ever in it twice, and nobody of its audience is lost."""

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from members.conditions.tree import BadCondition
from members.identity.member_limit import MemberLimitReached, explain_broadcast_hold
from members.listing.selection import Selection
from messaging.broadcasts.audience import book_audience, find_senders
from messaging.content.make import Written, make_contents
from messaging.models import Broadcast, Delivery, LineAccount, Way
from operators import audit
from tenants.wakeups import wake

State = Broadcast.State
WAKEUP = "messaging.broadcast"


@transaction.atomic
def save_broadcast(broadcast: Broadcast, written: Written) -> bool:
    """Save a draft with a version of its message; return False when it has been started meanwhile."""
    if broadcast.pk and not lock_broadcast(broadcast.pk).is_editable:
        return False
    action = "broadcast.changed" if broadcast.pk else "broadcast.made"
    broadcast.content, broadcast.mail_content = make_contents(
        written, broadcast.contents
    )
    broadcast.way = written.way
    broadcast.state = State.DRAFT
    broadcast.save()
    audit.record_action(action, broadcast)
    return True


@transaction.atomic
def open_draft(
    selection: Selection, account: LineAccount | None, name: str
) -> Broadcast:
    """Make a draft for the members that were selected in the list, with nothing written yet; by mail without LINE."""
    rest = {key: value for key, value in selection.items() if key != "condition"}
    draft: Broadcast = Broadcast.objects.create(
        name=name,
        account=account,
        way=Way.LINE if account else Way.MAIL,
        audience=Broadcast.Audience.PICKED,
        condition=selection.get("condition") or {},
        picked=rest,
    )
    audit.record_action("broadcast.made", draft, count=selection["count"])
    return draft


def lock_broadcast(pk: int) -> Broadcast:
    found: Broadcast = (
        Broadcast.objects.select_related(
            "account", "segment", "tenant", "content", "mail_content"
        )
        .select_for_update(of=("self",))
        .get(pk=pk)
    )
    return found


@transaction.atomic
def start_broadcast(broadcast: Broadcast) -> bool:
    """Let it go out at its time; return False when it has been started already.

    A worker fixes the audience: now, or when the time has come, as ``fixed_at`` says. Raises MemberLimitReached where
    the plan holds it.
    """
    locked = lock_broadcast(broadcast.pk)
    if not locked.is_editable or not locked.content_id:
        return False
    if held := explain_broadcast_hold():
        raise MemberLimitReached(held)
    now = timezone.now()
    locked.due_at, locked.state = locked.starts_at(now), State.BOOKED
    locked.save(update_fields=["due_at", "state"])
    at = now if locked.fixed_at == Broadcast.FixedAt.BOOKING else locked.due_at
    wake(locked.tenant, WAKEUP, at=at, subject=locked.pk)
    told = {"due_at": locked.due_at.isoformat(), "fixed_at": locked.fixed_at}
    audit.record_action("broadcast.started", locked, **told)
    return True


@transaction.atomic
def fix_audience(pk: int) -> datetime | None:
    """Book a message for everybody in the audience and wake the sender; twice is as good as once.

    Return when to look again, where its time has not come. A condition that cannot be read stops it: nobody is sent to.
    """
    broadcast = Broadcast.objects.filter(pk=pk).first() and lock_broadcast(pk)
    if not broadcast or broadcast.state != State.BOOKED:
        return None
    now = timezone.now()
    due_at = broadcast.starts_at(now)
    if broadcast.fixed_at == Broadcast.FixedAt.SENDING and due_at > now:
        return due_at
    try:
        with transaction.atomic():
            broadcast.audience_count = book_audience(broadcast, due_at)
        broadcast.state = State.FIXED
    except BadCondition:
        broadcast.state = State.BROKEN
    broadcast.save(update_fields=["state", "audience_count"])
    for sender_id in find_senders(broadcast):
        wake(broadcast.tenant, "messaging.dispatch", at=due_at, subject=sender_id)
    return None


@transaction.atomic
def stop_broadcast(broadcast: Broadcast) -> int | None:
    """Cancel what has not gone out; return how many that were, None when there was nothing to stop.

    What a worker has claimed and not called goes the same way within two seconds (messaging/deliveries/sender.py);
    what it is calling just now arrives.
    """
    locked = lock_broadcast(broadcast.pk)
    if not locked.is_running:
        return None
    booked = Delivery.objects.filter(broadcast=locked).booked()
    dropped: int = booked.update(
        state=Delivery.State.CANCELLED, reason="broadcast_stopped", finished_at=Now()
    )
    locked.state, locked.stopped_at = State.STOPPED, timezone.now()
    locked.audience_count = locked.audience_count or 0
    locked.save(update_fields=["state", "stopped_at", "audience_count"])
    audit.record_action("broadcast.stopped", locked, cancelled=dropped)
    return dropped


@transaction.atomic
def delete_broadcast(broadcast: Broadcast) -> bool:
    """Delete one that was never started; return False for any other."""
    locked = lock_broadcast(broadcast.pk)
    if not locked.is_editable or locked.deliveries.exists():
        return False
    audit.record_action("broadcast.deleted", locked, name=locked.name)
    locked.delete()
    return True
