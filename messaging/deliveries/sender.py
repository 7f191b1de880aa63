"""Send what is due for one sender: a bounded asyncio loop, the database beside it in one thread.

The ledger (deliveries/ledger.py) makes every step safe to lose: a call is written with its key before it is made, its
lease lets others take it up when this process is gone, and an outcome counts only while the token is held. What a call
is, and what an answer means, the channel says (channels/base.py).
"""

import asyncio
import contextvars
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from redis.asyncio import Redis

from messaging.accounts.pause import find_obstacle, pause_sender
from messaging.broadcasts.stopped import list_stopped_units
from messaging.channels.base import STOPPING, TROUBLING, Answer, Channel, Outcome
from messaging.channels.kinds import CHANNELS
from messaging.channels.line.errors import LineRefused
from messaging.deliveries import ledger, outcomes
from messaging.deliveries.answered import decide_again, record_answers
from messaging.deliveries.eligibility import decide_deliveries
from messaging.deliveries.ledger import Request
from messaging.deliveries.outcomes import CallResult
from messaging.deliveries.switch import leave_to_others, switch_deliveries
from messaging.models import Call, Delivery, Sender
from outbound.errors import TryLater
from outbound.faultpoints import fault_point
from outbound.kinds import load_kind

T = TypeVar("T")
RUN_SECONDS = 45
FINISH_EVERY = 0.03
# So many calls in a row without an answer: the other side is down, and more tries would only fill the log.
TROUBLE = 64
TROUBLE_PAUSE = timedelta(seconds=30)
# Whether it may still send, a run asks this often, and makes no call on an answer older than LONGEST_TRUST; seconds.
ASK_EVERY, LONGEST_TRUST = 0.5, 1.5


def dispatch_deliveries(
    sender: Sender, seconds: float = RUN_SECONDS
) -> datetime | None:
    """Send what is due, for at most about ``seconds``.

    Return when to come again; None while the sender is stopped or nothing is planned.
    """
    with transaction.atomic():
        if find_obstacle(sender):
            return None
    try:
        channel: Channel = load_kind(CHANNELS, sender.kind)(sender)
    except TryLater:
        return timezone.now() + TROUBLE_PAUSE
    except LineRefused:
        with transaction.atomic():
            pause_sender(sender, Outcome.BAD_TOKEN.value)
        return None
    run = SenderRun(channel, seconds)
    asyncio.run(run.run())
    if run.stopped:
        return None
    if run.trouble >= TROUBLE:
        return timezone.now() + TROUBLE_PAUSE
    with transaction.atomic():
        return outcomes.find_next_due(run.tenant_id, sender.pk)


class SenderRun:
    """One run of the sender. Everything in it happens in the loop, except what ``_db`` hands to the thread."""

    def __init__(self, channel: Channel, seconds: float) -> None:
        self.channel, self.sender = channel, channel.sender
        self.tenant_id = self.sender.tenant.pk
        self.deadline = time.monotonic() + seconds
        self.stopped = ""
        self.stopped_units: set[str] = set()
        self.trouble = 0
        self.asked_at = time.monotonic()
        self.all_answered = False
        self.results: list[CallResult] = []
        self.requests: asyncio.Queue[tuple[Request, float] | None] = asyncio.Queue(
            channel.batch
        )

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
        try:
            await self.channel.open(valkey)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._finish_often())
                    group.create_task(self._ask_often())
                    async with asyncio.TaskGroup() as callers:
                        for _ in range(self.channel.in_flight):
                            callers.create_task(self._call())
                        callers.create_task(self._feed())
                    self.all_answered = True
                await self._finish()
            finally:
                await self.channel.close()
        finally:
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

    # ---------------------------------------------------------------- may it still send?
    async def _ask_often(self) -> None:
        while not self.all_answered:
            await asyncio.sleep(ASK_EVERY)
            await self._ask()

    async def _ask(self) -> None:
        asked_at = time.monotonic()
        obstacle, self.stopped_units = await self._db(self._look)
        self.stopped, self.asked_at = self.stopped or obstacle, asked_at

    def _look(self) -> tuple[str, set[str]]:
        return find_obstacle(self.sender), list_stopped_units()

    # ---------------------------------------------------------------- from the ledger to the queue
    async def _feed(self) -> None:
        while not self.ending:
            began = time.monotonic()
            count, requests = await self._db(self._take)
            fault_point("claimed")
            for request in requests:
                await self.requests.put((request, self._find_last_moment(began)))
            if count < self.channel.batch:
                break
        for _ in range(self.channel.in_flight):
            await self.requests.put(None)

    def _find_last_moment(self, began: float) -> float:
        """Return the last moment (monotonic) to begin a call whose lease began then."""
        return began + ledger.LEASE_SECONDS - self.channel.call_seconds - 5

    def _take(self) -> tuple[int, list[Request]]:
        """Take open calls and due deliveries, decide about them and record the calls, in one transaction.

        Return how many were taken, and the calls to make.
        """
        batch = self.channel.batch
        again = ledger.claim_open_calls(self.tenant_id, self.sender.pk, batch)
        ended = {each.call: decide_again(self.channel, each) for each in again}
        outcomes.record_results(
            self.tenant_id, [each for each in ended.values() if each]
        )
        again_count, again = (
            len(again),
            [each for each in again if not ended[each.call]],
        )
        if again:
            self.channel.load_contents({each.content_id for each in again})
        due = ledger.take_due_deliveries(
            self.tenant_id, self.sender.pk, batch - again_count
        )
        decided = decide_deliveries(self.sender.tenant, due)
        ledger.record_decisions(
            self.tenant_id, [each for each in decided if not each.sender]
        )
        switch_deliveries(self.sender.tenant, [each for each in decided if each.sender])
        out = {decision.id for decision in decided}
        going = leave_to_others(self.sender, [row for row in due if row.id not in out])
        requests = self.channel.prepare(going) if going else []
        ledger.open_calls(self.tenant_id, self.sender.pk, requests, uuid.uuid4())
        return again_count + len(due), [*again, *requests]

    # ---------------------------------------------------------------- from the queue to the outside
    async def _call(self) -> None:
        while taken := await self.requests.get():
            await self._make_call(*taken)

    async def _make_call(self, request: Request, until: float) -> None:
        if not self.ending:
            await self.channel.wait_turn(request)
        if time.monotonic() > self.asked_at + LONGEST_TRUST:
            await self._ask()
        dropped = request.unit in self.stopped_units and not request.doubts
        if self.ending or dropped or time.monotonic() > until:
            answer = Answer(Outcome.NOT_CALLED, error="not called")
        else:
            answer = await self.channel.send(request)
            fault_point("answered")
        await self._handle_answer(request, answer)
        if (
            answer.outcome is Outcome.REFUSED
            and len(request.to) > 1
            and not answer.about_text
        ):
            await self._halve(request, answer)
        else:
            self.results.append(self.channel.settle(request, answer))

    async def _handle_answer(self, request: Request, answer: Answer) -> None:
        """Handle what an answer means for all the other messages."""
        if answer.outcome is not Outcome.NOT_CALLED:
            troubling = answer.outcome in TROUBLING
            self.trouble = self.trouble + 1 if troubling else 0
        if answer.outcome is Outcome.TOO_FAST:
            await self.channel.slow_down(request, answer)
        elif answer.outcome in STOPPING and not self.stopped:
            self.stopped = answer.outcome.value
            await self._db(pause_sender, self.sender, self.stopped)

    async def _halve(self, request: Request, answer: Answer) -> None:
        """Send the halves of a refused multicast: nobody was sent to, so each is a new call with a key of its own."""
        began = time.monotonic()
        for half in await self._db(self._split, request, answer):
            await self._make_call(half, self._find_last_moment(began))

    def _split(self, request: Request, answer: Answer) -> list[Request]:
        split = CallResult(
            request,
            Call.State.SPLIT,
            Delivery.State.CLAIMED,
            "",
            sure=True,
            answer=answer,
        )
        if not outcomes.record_results(self.tenant_id, [split]):
            return []
        middle = len(request.to) // 2
        parts = slice(None, middle), slice(middle, None)
        halves = [
            replace(
                request,
                to=request.to[part],
                deliveries=request.deliveries[part],
                key=uuid.uuid4(),
                number=1,
                doubts=0,
                age=0,
            )
            for part in parts
        ]
        ledger.open_calls(self.tenant_id, self.sender.pk, halves, uuid.uuid4())
        return halves

    # ---------------------------------------------------------------- back to the ledger
    async def _finish_often(self) -> None:
        while not self.all_answered:
            await asyncio.sleep(FINISH_EVERY)
            await self._finish()

    async def _finish(self) -> None:
        results, self.results = self.results, []
        if results:
            fault_point("finishing")
            await self._db(record_answers, self.channel, results)
