"""LINE as a channel: a push for each personal message, a multicast for up to 500 people who get the same text.

An answer to somebody who has just written goes as a reply, which is free and has no retry key.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.conf import settings
from redis.asyncio import Redis

from messaging.channels.base import (
    NOT_SENT,
    Answer,
    Channel,
    Outcome,
    compute_pause,
)
from messaging.channels.line import push
from messaging.channels.line.tokens import get_access_token
from messaging.content.render import PushBodies
from messaging.content.rows import load_values_of_rows
from messaging.deliveries import ledger
from messaging.deliveries.ledger import DueDelivery, Request
from messaging.deliveries.outcomes import CallResult
from messaging.inbound.reply_tokens import take_reply_tokens
from messaging.links.addresses import encode_token
from messaging.models import Call, Content, Delivery, Sender
from outbound.rate_limit import Pace

MULTICAST_MOST = 500
# What a call keeps besides the merge values.
OWN = ("token", "unit")
State, Kind = Delivery.State, Call.Kind


class LineChannel(Channel):
    in_flight = 64
    call_seconds = push.CALL_SECONDS

    def __init__(self, sender: Sender) -> None:
        """Raise LineRefused when the account's settings are wrong, TryLater when LINE cannot be asked for a token."""
        super().__init__(sender)
        self.account = sender.account
        self.token = get_access_token(self.account)
        self.bodies = PushBodies(self.account, [])
        # By the delivery's id, for the batch that is being prepared.
        self.events: dict[int, dict[str, str]] = {}

    async def open(self, valkey: Redis) -> None:
        name = f"{self.sender.tenant_id}:{self.account.pk}"
        self.paces = {
            Kind.PUSH: Pace(valkey, name, settings.LINE_PUSH_PER_SECOND),
            Kind.MULTICAST: Pace(
                valkey, f"{name}:multicast", settings.LINE_MULTICAST_PER_SECOND
            ),
        }
        self.http = push.open_session()
        self.pusher = push.Pusher(self.http, self.token)

    async def close(self) -> None:
        for pace in self.paces.values():
            pace.close()
        await self.http.close()

    def load_contents(self, pks: Collection[int]) -> None:
        if missing := set(pks) - self.bodies.contents.keys():
            found = Content.objects.filter(pk__in=missing)
            known = self.bodies.contents.values()
            self.bodies = PushBodies(self.account, [*known, *found])

    def prepare(self, rows: Sequence[DueDelivery]) -> list[Request]:
        self.load_contents({row.content_id for row in rows})
        self.events = load_values_of_rows(rows, self.bodies.contents)
        alike: dict[tuple[int, bool, str], dict[str, DueDelivery]] = defaultdict(dict)
        requests = []
        tokens = self._take_tokens(rows)
        for row in sorted(rows, key=lambda row: row.id):
            group = alike[row.content_id, row.is_ad, row.unit]
            to = row.address or row.user_id
            if row.source == Delivery.Source.REPLY and row.member_id in tokens:
                requests.append(self._reply(row, tokens.pop(row.member_id)))
            # LINE takes a person once in a multicast: a second row of theirs goes by itself.
            elif (
                row.source == Delivery.Source.BROADCAST
                and self._is_shared(row)
                and to not in group
            ):
                group[to] = row
            else:
                requests.append(self._push(row))
        for group in alike.values():
            together = list(group.items())
            requests += [
                self._multicast(together[first : first + MULTICAST_MOST])
                for first in range(0, len(together), MULTICAST_MOST)
            ]
        return requests

    def _take_tokens(self, rows: Sequence[DueDelivery]) -> dict[int, str]:
        """Take the reply tokens for the answers among these; an answer that was not accepted by one gets none again."""
        replies = [row for row in rows if row.source == Delivery.Source.REPLY]
        people = {row.member_id: row.user_id for row in replies if row.member_id}
        return take_reply_tokens(self.account, people) if people else {}

    def _reply(self, row: DueDelivery, token: str) -> Request:
        values = {**build_names(row), "reply": token}
        return Request(Kind.REPLY, row.content_id, [row.user_id], [row.id], values)

    def _is_shared(self, row: DueDelivery) -> bool:
        return row.content_id in self.bodies.shared

    def _push(self, row: DueDelivery) -> Request:
        values = {} if self._is_shared(row) else build_names(row)
        values |= self.events.get(row.id, {})
        if self.bodies.contents[row.content_id].counts_links:
            values["token"] = encode_token(row.public_id)
        if row.unit:
            values["unit"] = row.unit
        return Request(
            Kind.PUSH,
            row.content_id,
            [row.address or row.user_id],
            [row.id],
            values or None,
            row.is_ad,
            unit=row.unit,
        )

    def _multicast(self, group: Sequence[tuple[str, DueDelivery]]) -> Request:
        if len(group) == 1:
            return self._push(group[0][1])
        first = group[0][1]
        return Request(
            Kind.MULTICAST,
            first.content_id,
            [to for to, _ in group],
            [row.id for _, row in group],
            {"unit": first.unit} if first.unit else None,
            first.is_ad,
            unit=first.unit,
        )

    async def wait_turn(self, request: Request) -> None:
        await self._find_pace(request).turn()

    async def send(self, request: Request) -> Answer:
        values = request.values or {}
        if request.kind == Kind.REPLY:
            names = values.get("name", ""), values.get("line_name", "")
            said = self.bodies.reply_body(request.content_id, values["reply"], *names)
            return await self.pusher.post(push.REPLY, said, "")
        several = request.kind == Kind.MULTICAST
        body = self.bodies.body(
            request.content_id,
            request.to if several else request.to[0],
            values.get("name", ""),
            values.get("line_name", ""),
            values.get("token", ""),
            values.get("unit", ""),
            {name: text for name, text in values.items() if name not in OWN},
        )
        path = push.MULTICAST if several else push.PUSH
        return await self.pusher.post(path, body, str(request.key))

    async def slow_down(self, request: Request, answer: Answer) -> None:
        await self._find_pace(request).pause(answer.retry_after)

    def _find_pace(self, request: Request) -> Pace:
        return self.paces.get(Kind(request.kind), self.paces[Kind.PUSH])

    def decide_old_call(self, request: Request) -> CallResult | None:
        """Return UNKNOWN for a key that LINE has forgotten, and for a reply, which has none: only a person can tell."""
        if request.kind == Kind.REPLY:
            return settle_reply(request, Answer(Outcome.UNCERTAIN))
        if request.doubts and request.age > ledger.KEY_LIFE.total_seconds():
            return CallResult(request, Call.State.UNKNOWN, State.UNKNOWN, "expired")
        return None

    def settle(self, request: Request, answer: Answer) -> CallResult:
        if request.kind == Kind.REPLY:
            return settle_reply(request, answer)
        outcome, delay = answer.outcome, compute_pause(request, answer)
        if outcome is Outcome.SENT:
            return CallResult(request, Call.State.ACCEPTED, State.SENT, answer=answer)
        if outcome is Outcome.REFUSED:
            return CallResult(
                request, Call.State.REFUSED, State.FAILED, "refused", answer=answer
            )
        sure, reason = outcome in NOT_SENT, REASONS.get(outcome, "")
        if sure and not request.doubts:
            return CallResult(
                request, Call.State.OPEN, State.SCHEDULED, reason, delay, forget=True
            )
        # Something may have arrived: the call goes on under its key, whatever this try brought.
        return CallResult(
            request, Call.State.OPEN, State.CLAIMED, reason, delay, sure, answer=answer
        )


def build_names(row: DueDelivery) -> dict[str, str]:
    return {"name": row.name, "line_name": row.line_name}


def settle_reply(request: Request, answer: Answer) -> CallResult:
    """Return what the answer to a reply means: without a retry key, no answer is not tried again.

    What was certainly not sent, because the token was too old or LINE too busy, goes as a push instead.
    """
    if answer.outcome is Outcome.SENT:
        return CallResult(request, Call.State.ACCEPTED, State.SENT, answer=answer)
    if answer.outcome is Outcome.UNCERTAIN:
        return CallResult(
            request, Call.State.UNKNOWN, State.UNKNOWN, "reply_unsure", answer=answer
        )
    return CallResult(request, Call.State.OPEN, State.SCHEDULED, forget=True)


REASONS = {
    Outcome.UNCERTAIN: "retry",
    Outcome.TOO_FAST: "rate",
    Outcome.NO_QUOTA: "quota",
    Outcome.BAD_TOKEN: "auth",
}
