"""From LINE's webhook to the members: stored first, handled later.

Each event has one effect, however often it comes.
"""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import DataError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from members.identity.friendship import apply_friend_event, find_survivor
from members.identity.visits import VisitEvent, record_visits
from members.models import Member, Visit
from messaging.channels.line import client
from messaging.channels.line.errors import LineRefused
from messaging.extension import extensions
from messaging.inbound.keywords import handle_keywords
from messaging.inbound.talk import store_message
from messaging.inbound.webhook import parse_event
from messaging.models import InboundMessage, LineAccount, WebhookEvent
from messaging.triggers.fire import fire_trigger
from outbound.errors import TryLater
from tenants.wakeups import wake

STORE = """
INSERT INTO messaging_webhookevent
       (tenant_id, account_id, event_id, kind, user_id, payload, occurred_at, received_at, error)
SELECT %s, %s, e.id, e.kind, e.user_id, e.payload, e.at, statement_timestamp(), ''
FROM unnest(%s::text[], %s::text[], %s::text[], %s::jsonb[], %s::timestamptz[]) AS e (id, kind, user_id, payload, at)
ON CONFLICT (tenant_id, account_id, event_id) DO NOTHING
"""
PAGE, RUN_SECONDS = 200, 20.0
RETRY = timedelta(seconds=60)
VISITS = {"message": Visit.Kind.MESSAGE, "postback": Visit.Kind.TAP}
# What each kind of event says about the friendship. "seen": not blocked, but perhaps no friend either.
STATES = {
    "follow": "friend",
    "unfollow": "blocked",
    "message": "seen",
    "postback": "seen",
}


@transaction.atomic
def store_events(account: LineAccount, events: list[dict[str, Any]]) -> None:
    """Store what is new, in one statement, and wake the handler; a redelivered event changes nothing."""
    stale = Q(last_webhook_at=None) | Q(
        last_webhook_at__lt=Now() - timedelta(seconds=10)
    )
    LineAccount.objects.filter(stale, pk=account.pk).update(last_webhook_at=Now())
    rows = [row for event in events if (row := parse_event(event))]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            STORE,
            [
                account.tenant_id,
                account.pk,
                *(list(column) for column in zip(*rows, strict=True)),
            ],
        )
        if cursor.rowcount:
            wake(account.tenant, "messaging.webhook", subject=account.pk)


def handle_open_events(account: LineAccount) -> datetime | None:
    """Handle the open events, oldest first, for about RUN_SECONDS; return when to look again.

    That is at once where more may be open, a while later where LINE did not answer, and otherwise never. However fast
    they come in, a run has its end: whoever stops the worker, or moves the shop, waits for it.
    """
    later, until = False, time.monotonic() + RUN_SECONDS
    for event in iterate_open_events(account):
        try:
            later = not handle_event(account, event, ask_line=not later) or later
        except DataError:  # a retry would fail again, and the events behind it wait
            close_event(event, "DataError")
        if time.monotonic() > until:
            return timezone.now()
    return timezone.now() + RETRY if later else None


def iterate_open_events(account: LineAccount) -> Iterator[WebhookEvent]:
    """Yield the open events by the time they happened, so in order for each person.

    They are read page by page, past those that stay open.
    """
    after: tuple[datetime, int] | None = None
    while True:
        rows = WebhookEvent.objects.filter(account=account, handled_at=None).order_by(
            "occurred_at", "id"
        )
        if after:
            rows = rows.filter(
                Q(occurred_at__gt=after[0]) | Q(occurred_at=after[0], id__gt=after[1])
            )
        with transaction.atomic():
            page = list(rows[:PAGE])
        if not page:
            return
        yield from page
        after = (page[-1].occurred_at, page[-1].pk)


def handle_event(
    account: LineAccount, event: WebhookEvent, ask_line: bool = True
) -> bool:
    """Apply one event; return False when it must stay open because LINE did not answer who the person is.

    The friendship is recorded at once; only the name waits. Twice is as good as once: an older event never overwrites.
    """
    state = STATES.get(event.kind, "")
    if not state or not event.user_id:
        return close_event(event)
    unnamed = record_friendship(event, state)
    if not unnamed:
        return close_event(event)
    try:
        if not ask_line:
            raise TryLater("not asked again in this run")
        found = client.fetch_profile(account, event.user_id)
    except TryLater as error:
        return leave_event_open(event, str(error))
    except LineRefused as error:
        return close_event(event, str(error))
    return record_profile(event, state, found)


@transaction.atomic
def record_friendship(event: WebhookEvent, state: str) -> bool:
    """Record what the event says about the friendship; return whether LINE should be asked who this is."""
    known = (
        Member.objects.filter(line_user_id=event.user_id)
        .only("line_state", "line_name")
        .first()
    )
    if state == "seen":
        friend = bool(known and known.line_state == Member.LineState.FRIEND)
        if not friend:
            apply_friend_event(
                event.user_id,
                known.line_state if known else Member.LineState.NONE,
                event.occurred_at,
            )
    else:
        friend = state == "friend"
        apply_friend_event(event.user_id, state, event.occurred_at)
    if not known and state == "seen":
        fire_by_event(event, "first_seen")
    if state == "blocked":
        return False
    return event.kind == "follow" or not friend or not (known and known.line_name)


# What an event of LINE starts or ends among the step messages, once it is handled.
TRIGGERS = {"follow": "friend_added", "unfollow": "blocked"}


def fire_by_event(event: WebhookEvent, kind: str) -> None:
    """Let the event count for the step messages; its id makes it count once."""
    member = Member.objects.filter(line_user_id=event.user_id).first()
    if member:
        who = [find_survivor(member).pk]
        fire_trigger(event.tenant, kind, "", who, key=f"line:{event.pk}")


@transaction.atomic
def record_profile(
    event: WebhookEvent, state: str, found: client.Profile | None
) -> bool:
    """Record LINE's profile and close the event.

    LINE gives one for a friend only, so a profile also settles what the state "seen" left open.
    """
    if found:
        apply_friend_event(
            event.user_id, "friend", event.occurred_at, found.name, found.picture
        )
    return close_event(event)


def record_visit(event: WebhookEvent) -> None:
    """Record a visit when the person did something: of the member to whom the LINE account belongs by now.

    Following and unfollowing are no visits.
    """
    member = (
        Member.objects.filter(line_user_id=event.user_id).first()
        if event.kind in VISITS
        else None
    )
    if member:
        key = f"{event.account_id}:{event.event_id}"
        record_visits(
            [
                VisitEvent(
                    find_survivor(member).pk, event.occurred_at, VISITS[event.kind], key
                )
            ]
        )


def offer_text(event: WebhookEvent, stored: InboundMessage | None) -> None:
    """Show a text that somebody wrote to those who wait for one; the first who takes it is the last.

    What nobody takes is looked through for keywords.
    """
    message = event.payload.get("message") if event.kind == "message" else None
    if not isinstance(message, dict) or message.get("type") != "text":
        return
    if event.user_id and isinstance(text := message.get("text"), str):
        for each in extensions.values():
            if each.heard and each.heard(event.account, event.user_id, text):
                return
        if stored:
            handle_keywords(stored)


@transaction.atomic
def close_event(event: WebhookEvent, error: str = "") -> bool:
    if WebhookEvent.objects.filter(pk=event.pk, handled_at=None).update(
        handled_at=Now(), error=error[:200]
    ):
        record_visit(event)
        stored = store_message(event)
        offer_text(event, stored)
        if event.kind in TRIGGERS:
            fire_by_event(event, TRIGGERS[event.kind])
        if event.kind == "unfollow":
            for each in extensions.values():
                if each.unfollowed:
                    each.unfollowed(event.account, event.user_id)
    return True


@transaction.atomic
def leave_event_open(event: WebhookEvent, error: str) -> bool:
    WebhookEvent.objects.filter(pk=event.pk, handled_at=None).update(error=error[:200])
    return False
