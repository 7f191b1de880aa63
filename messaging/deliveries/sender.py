"""Send what is due for one LINE account: a bounded asyncio loop, the database beside it in one thread.

The ledger (deliveries/ledger.py) makes every step safe to lose: a claim is a lease, the attempt is written before the
call, the retry key is the delivery's own, and an outcome counts only while the token is held.
"""

import asyncio
import contextvars
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from redis.asyncio import Redis

from messaging.accounts.pause import stop_account
from messaging.channels.line.errors import LineRefused
from messaging.channels.line.push import (
    CALL_SECONDS,
    Answer,
    Outcome,
    Pusher,
    open_session,
)
from messaging.channels.line.tokens import forget_token, get_access_token
from messaging.content.render import PushBodies
from messaging.deliveries import ledger
from messaging.deliveries.eligibility import decide_deliveries
from messaging.deliveries.holds import get_link_timing
from messaging.deliveries.ledger import ClaimedDelivery, DeliveryResult
from messaging.models import Content, Delivery, LineAccount
from outbound.errors import TryLater
from outbound.faultpoints import fault_point
from outbound.rate_limit import Pace
from tenants.models import Tenant
from tenants.wakeups import wake

State = Delivery.State
T = TypeVar("T")
RUN_SECONDS = 45
IN_FLIGHT = 64
BATCH = 500
FINISH_EVERY = 0.03
LONGEST_PAUSE = 300
# So many uncertain answers in a row: LINE is down, and more tries would only fill the log.
TROUBLE = 64
TROUBLE_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True)
class Parcel:
    """A delivery ready to go: ``until`` is the last moment (monotonic) to begin a call under its lease."""

    row: ClaimedDelivery
    number: int
    body: bytes
    until: float


def dispatch_deliveries(
    account: LineAccount, seconds: float = RUN_SECONDS
) -> datetime | None:
    """Send what is due, for at most about ``seconds``.

    Return when to come again; None while the account is stopped or nothing is planned.
    """
    if not account.is_active or account.stopped_reason:
        return None
    try:
        run = SenderRun(account, get_access_token(account), seconds)
    except TryLater:
        return timezone.now() + TROUBLE_PAUSE
    except LineRefused:
        with transaction.atomic():
            stop_account(account, Outcome.BAD_TOKEN.value)
        return None
    asyncio.run(run.run())
    if run.stopped:
        return None
    if run.trouble >= TROUBLE:
        return timezone.now() + TROUBLE_PAUSE
    with transaction.atomic():
        return ledger.find_next_due(run.tenant_id, account.pk)


class SenderRun:
    """One run of the sender. Everything in it happens in the loop, except what ``_db`` hands to the thread."""

    def __init__(self, account: LineAccount, token: str, seconds: float) -> None:
        self.account, self.token, self.tenant_id = account, token, account.tenant.pk
        self.deadline = time.monotonic() + seconds
        self.stopped = ""
        self.trouble = 0
        self.all_answered = False
        self.bodies = PushBodies(account, [])
        self.results: list[DeliveryResult] = []
        self.parcels: asyncio.Queue[Parcel | None] = asyncio.Queue(BATCH)

    @property
    def ending(self) -> bool:
        return (
            bool(self.stopped)
            or self.trouble >= TROUBLE
            or time.monotonic() >= self.deadline
        )

    async def run(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        valkey = Redis.from_url(
            settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=5
        )
        self.pace = Pace(
            valkey, f"{self.tenant_id}:{self.account.pk}", settings.LINE_PUSH_PER_SECOND
        )
        try:
            async with open_session() as http, asyncio.TaskGroup() as group:
                self.pusher = Pusher(http, self.token)
                group.create_task(self._finish_often())
                async with asyncio.TaskGroup() as senders:
                    for _ in range(IN_FLIGHT):
                        senders.create_task(self._send())
                    senders.create_task(self._feed())
                self.all_answered = True
            await self._finish()
        finally:
            self.pace.close()
            await valkey.aclose()
            await self._db(
                lambda: connection.close(), atomic=False
            )  # the thread's own, hence the lambda
            self._thread.shutdown()

    async def _db(self, verb: Callable[..., T], *args: Any, atomic: bool = True) -> T:
        """Run ``verb`` in the one database thread, in the shop's scope and a transaction of its own."""
        context = contextvars.copy_context()

        def call() -> T:
            if not atomic:
                return verb(*args)
            with transaction.atomic():
                return verb(*args)

        return await asyncio.get_running_loop().run_in_executor(
            self._thread, context.run, call
        )

    # ---------------------------------------------------------------- from the ledger to the queue
    async def _feed(self) -> None:
        while not self.ending:
            began = time.monotonic()
            count, parcels = await self._db(self._take, began)
            fault_point("claimed")
            for parcel in parcels:
                await self.parcels.put(parcel)
            if count < BATCH:
                break
        for _ in range(IN_FLIGHT):
            await self.parcels.put(None)

    def _take(self, began: float) -> tuple[int, list[Parcel]]:
        """Claim due deliveries, decide about them and record the attempts, in one transaction.

        Return how many were claimed, and the parcels to send.
        """
        claimed = ledger.claim_deliveries(self.tenant_id, self.account.pk, BATCH)
        decided = decide_deliveries(self.account.tenant, claimed)
        ledger.record_results(self.tenant_id, decided)
        out = {result.id for result in decided}
        going = [row for row in claimed if row.id not in out]
        numbers = ledger.record_attempts(self.tenant_id, going)
        self._know_contents({row.content_id for row in going})
        until = began + ledger.LEASE_SECONDS - CALL_SECONDS - 5
        return len(claimed), [
            Parcel(row, numbers[row.id], self._body(row), until)
            for row in going
            if row.id in numbers
        ]

    def _know_contents(self, pks: set[int]) -> None:
        if missing := pks - self.bodies.contents.keys():
            found = Content.objects.filter(pk__in=missing)
            self.bodies = PushBodies(
                self.account, [*self.bodies.contents.values(), *found]
            )

    def _body(self, row: ClaimedDelivery) -> bytes:
        return self.bodies.body(row.content_id, row.user_id, row.name, row.line_name)

    # ---------------------------------------------------------------- from the queue to LINE
    async def _send(self) -> None:
        while parcel := await self.parcels.get():
            if not self.ending:
                await self.pace.turn()
            if self.ending or time.monotonic() > parcel.until:
                self._end(parcel, Answer(Outcome.NOT_CALLED, error="not called"), 0)
                continue
            answer = await self.pusher.push(parcel.body, str(parcel.row.retry_key))
            fault_point("answered")
            await self._heed(answer)
            self._end(parcel, answer, compute_pause(parcel, answer))

    async def _heed(self, answer: Answer) -> None:
        """Handle what an answer means for all the other messages."""
        self.trouble = self.trouble + 1 if answer.outcome is Outcome.UNCERTAIN else 0
        if answer.outcome is Outcome.TOO_FAST:
            await self.pace.pause(answer.retry_after)
        elif (
            answer.outcome in (Outcome.NO_QUOTA, Outcome.BAD_TOKEN) and not self.stopped
        ):
            self.stopped = answer.outcome.value
            forget_token(self.account)
            await self._db(stop_account, self.account, self.stopped)

    def _end(self, parcel: Parcel, answer: Answer, delay: float) -> None:
        state, reason = ENDINGS[answer.outcome]
        self.results.append(
            DeliveryResult(
                parcel.row.id, parcel.row.token, state, reason, delay,
                # Nothing arrived on this try; if none came before, the retry key has not begun to age.
                untried=answer.outcome in NOT_SENT and not parcel.row.uncertain,
                number=parcel.number, status=answer.status, request_id=answer.request_id, error=answer.error,
            )
        )  # fmt: skip

    # ---------------------------------------------------------------- back to the ledger
    async def _finish_often(self) -> None:
        while not self.all_answered:
            await asyncio.sleep(FINISH_EVERY)
            await self._finish()

    async def _finish(self) -> None:
        results, self.results = self.results, []
        if results:
            fault_point("finishing")
            await self._db(ledger.record_results, self.tenant_id, results)


ENDINGS = {
    Outcome.SENT: (State.SENT, ""),
    Outcome.REFUSED: (State.FAILED, "refused"),
    Outcome.UNCERTAIN: (State.SCHEDULED, "retry"),
    Outcome.TOO_FAST: (State.SCHEDULED, "rate"),
    Outcome.NO_QUOTA: (State.SCHEDULED, "quota"),
    Outcome.BAD_TOKEN: (State.SCHEDULED, "auth"),
    Outcome.NOT_CALLED: (State.SCHEDULED, ""),
}
NOT_SENT = {Outcome.TOO_FAST, Outcome.NO_QUOTA, Outcome.BAD_TOKEN, Outcome.NOT_CALLED}


def compute_pause(parcel: Parcel, answer: Answer) -> float:
    """Return the seconds until the next try.

    They grow with each try. After an uncertain answer they are spread, so that the tries never come all at once.
    """
    longer = min(2.0 ** min(parcel.number, 10), LONGEST_PAUSE)
    if answer.outcome is Outcome.UNCERTAIN:
        return longer * random.uniform(0.5, 1)  # noqa: S311 - spreading, no secret
    # LINE also answers so when one person gets too much: their message must not slow down all the others for ever.
    return (
        max(answer.retry_after, longer / 2) if answer.outcome is Outcome.TOO_FAST else 0
    )


RECHECK = """
WITH ready AS (
    UPDATE messaging_delivery d SET due_at = statement_timestamp()
    FROM members_member m
    WHERE d.tenant_id = %(tenant)s AND d.state = 0 AND d.reason = 'held' AND m.tenant_id = %(tenant)s
      AND m.id = d.member_id AND (m.answered_at IS NULL OR m.answered_at <= %(settled)s)
    RETURNING d.account_id)
SELECT DISTINCT account_id FROM ready
"""


@transaction.atomic
def recheck_held_deliveries(tenant: Tenant) -> None:
    """Make due, after a poll, the held messages of members for whom two polls have begun since their answer."""
    with connection.cursor() as cursor:
        cursor.execute(
            RECHECK,
            {"tenant": tenant.pk, "settled": get_link_timing(tenant).settled_at},
        )
        accounts = [account_id for (account_id,) in cursor.fetchall()]
    for account_id in sorted(accounts):
        wake(tenant, "messaging.dispatch", subject=account_id)
