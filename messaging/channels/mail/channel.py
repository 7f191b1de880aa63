"""Mail by SMTP as a channel: one mail a call, over connections that are used again."""

from collections.abc import Collection, Sequence

import aiosmtplib
from django.conf import settings
from redis.asyncio import Redis

from messaging.bounces.record import record_refusals
from messaging.channels.base import (
    NOT_SENT,
    Answer,
    Channel,
    Outcome,
    compute_pause,
)
from messaging.channels.mail.advertising import build_ad_ends, build_ad_headers
from messaging.channels.mail.message import build_message
from messaging.channels.mail.smtp import (
    CALL_SECONDS,
    CONNECT_SECONDS,
    MailServer,
    connect_to_server,
    send_message,
    split_address,
)
from messaging.content.mail import build_personal_links, compose_mail
from messaging.content.rows import load_values_of_rows
from messaging.deliveries.ledger import DueDelivery, Request
from messaging.deliveries.outcomes import CallResult
from messaging.domains.sign import Signer, find_signer
from messaging.links.addresses import build_links, encode_token
from messaging.models import Call, Content, Delivery, MailAccount, Sender
from outbound.errors import FixSettings, TryLater
from outbound.rate_limit import Pace

State = Delivery.State
CONNECTIONS = 10
RELAY_PER_MINUTE = 6_000
# A mail that is not taken is tried again this long, in seconds; then it has failed.
PATIENCE = 3 * 86_400
LONGEST_WAIT = 3_600
# How many tries that may have arrived there may be before a person must look: advertising is never repeated.
MOST_DOUBTS_OF_AD, MOST_DOUBTS = 1, 2


class MailChannel(Channel):
    in_flight = CONNECTIONS
    call_seconds = CONNECT_SECONDS + CALL_SECONDS

    def __init__(self, sender: Sender) -> None:
        super().__init__(sender)
        self.server, self.identity, per_minute = describe_server(sender)
        self.per_second = per_minute / 60
        # No more than can go out while the lease lasts.
        self.batch = max(min(500, int(self.per_second * 10)), 1)
        self.contents: dict[int, Content] = {}
        self.signer: Signer | None = None
        self.is_signer_known = sender.is_relay
        self.idle: list[aiosmtplib.SMTP] = []

    async def open(self, valkey: Redis) -> None:
        name = f"mail:{self.sender.tenant_id}:{self.sender.pk}"
        self.pace = Pace(valkey, name, self.per_second)

    async def close(self) -> None:
        self.pace.close()
        for smtp in self.idle:
            try:
                await smtp.quit(timeout=1)
            except (aiosmtplib.SMTPException, OSError):
                smtp.close()

    def load_contents(self, pks: Collection[int]) -> None:
        if not self.is_signer_known:
            self.signer = find_signer(self.identity[1])
            self.is_signer_known = True
        missing = set(pks) - self.contents.keys()
        if missing:
            found = Content.objects.filter(pk__in=missing)
            self.contents |= {content.pk: content for content in found}

    def prepare(self, rows: Sequence[DueDelivery]) -> list[Request]:
        self.load_contents({row.content_id for row in rows})
        links = self.build_links(rows)
        events = load_values_of_rows(rows, self.contents)
        ends = build_ad_ends(self.sender.tenant, rows)
        return [
            Request(
                Call.Kind.MAIL,
                row.content_id,
                [row.address or row.email],
                [row.id],
                {
                    "name": row.name,
                    "line_name": row.line_name,
                    "form": links.get(row.id, ""),
                    **events.get(row.id, {}),
                    **ends.get(row.id, {}),
                    **self.build_token_value(row),
                    # As it was sent: the account's own may be another by the time somebody looks.
                    "sent_from": self.identity[1],
                },
                row.is_ad,
                unit=row.unit,
            )
            for row in rows
        ]

    def build_links(self, rows: Sequence[DueDelivery]) -> dict[int, str]:
        """Return the personal links of the forms that mails to members carry, by delivery."""
        wanted: dict[str, list[DueDelivery]] = {}
        for row in rows:
            form_id = self.contents[row.content_id].form_id
            if form_id and row.member_id:
                wanted.setdefault(form_id, []).append(row)
        found: dict[int, str] = {}
        for form_id, some in wanted.items():
            links = build_personal_links(
                form_id, [row.member_id for row in some if row.member_id]
            )
            found |= {row.id: links.get(row.member_id or 0, "") for row in some}
        return found

    def build_token_value(self, row: DueDelivery) -> dict[str, str]:
        """Return what makes the links of this person's mail their own, where they are counted."""
        if not self.contents[row.content_id].counts_links:
            return {}
        return {"token": encode_token(row.public_id)}

    async def wait_turn(self, request: Request) -> None:
        await self.pace.turn()

    async def send(self, request: Request) -> Answer:
        content, values = self.contents[request.content_id], request.values or {}
        links = build_links(content, self.sender.tenant, values.get("token", ""))
        parts = compose_mail(content, values, request.to[0], links)
        headers = build_ad_headers(values)
        try:
            message = build_message(
                parts, self.identity, request.to[0], request.key, headers
            )
            if self.signer:
                message = self.signer.sign(message)
        except Exception:  # the email package raises what it likes on "a@" or "<"
            return Answer(Outcome.REFUSED, error="address")
        try:
            smtp = self.idle.pop() if self.idle else None
            if smtp is None or not smtp.is_connected:
                smtp = await connect_to_server(self.server)
        except FixSettings as error:
            return Answer(Outcome.BAD_TOKEN, error=error.code)
        except TryLater as error:
            return Answer(Outcome.UNREACHED, error=error.code)
        answer = await send_message(smtp, self.identity[1], request.to[0], message)
        if smtp.is_connected:
            self.idle.append(smtp)
        return answer

    async def slow_down(self, request: Request, answer: Answer) -> None:
        await self.pace.pause(answer.retry_after)

    def decide_old_call(self, request: Request) -> CallResult | None:
        """No server knows a mail's key: what may have arrived goes at most once more, advertising never."""
        most = MOST_DOUBTS_OF_AD if request.is_ad else MOST_DOUBTS
        if request.doubts >= most:
            return CallResult(request, Call.State.UNKNOWN, State.UNKNOWN, "unsure")
        return None

    def settle(self, request: Request, answer: Answer) -> CallResult:
        outcome = answer.outcome
        if outcome is Outcome.SENT:
            return CallResult(request, Call.State.ACCEPTED, State.SENT, answer=answer)
        final = outcome is Outcome.REFUSED or (
            outcome is Outcome.LATER and request.age > PATIENCE
        )
        if final and request.doubts:
            # This try was refused, but an earlier one may have arrived: only a person can tell.
            return CallResult(
                request, Call.State.UNKNOWN, State.UNKNOWN, "unsure", answer=answer
            )
        if outcome is Outcome.REFUSED:
            # Without an answer of the server: such an address cannot even be written.
            reason = "refused" if answer.status else "bad_address"
            return CallResult(
                request, Call.State.REFUSED, State.FAILED, reason, answer=answer
            )
        if outcome is Outcome.UNCERTAIN:
            return self._settle_doubt(request, answer)
        if final:
            return CallResult(
                request, Call.State.REFUSED, State.FAILED, "gave_up", answer=answer
            )
        assert outcome in NOT_SENT
        delay = compute_wait(request, answer)
        # Not accepted: the same mail, under the same Message-ID, is tried again. Not even said: as if nothing had been.
        keep = outcome is Outcome.LATER or request.doubts > 0
        return CallResult(
            request,
            Call.State.OPEN,
            State.CLAIMED if keep else State.SCHEDULED,
            REASONS.get(outcome, ""),
            delay,
            sure=True,
            forget=not keep,
            answer=answer,
        )

    def note_results(self, results: Sequence[CallResult]) -> None:
        """Hold back the addresses that the servers refused: most do so at once, without a mail that comes back."""
        record_refusals(
            [
                (each.request.call, each.request.to[0], each.answer.error)
                for each in results
                if each.delivery_state == State.FAILED and each.answer.status
            ]
        )

    def _settle_doubt(self, request: Request, answer: Answer) -> CallResult:
        most = MOST_DOUBTS_OF_AD if request.is_ad else MOST_DOUBTS
        if request.doubts + 1 >= most:
            return CallResult(
                request, Call.State.UNKNOWN, State.UNKNOWN, "unsure", answer=answer
            )
        return CallResult(
            request,
            Call.State.OPEN,
            State.CLAIMED,
            "retry",
            compute_wait(request, answer),
            answer=answer,
        )


REASONS = {
    Outcome.LATER: "later",
    Outcome.UNREACHED: "unreached",
    Outcome.BAD_TOKEN: "auth",
    Outcome.BAD_FROM: "from",
}


def compute_wait(request: Request, answer: Answer) -> float:
    """Return the seconds until the next try; after a 4xx they grow from half a minute to an hour."""
    if answer.outcome is Outcome.LATER:
        return min(30.0 * 2 ** min(request.number - 1, 10), LONGEST_WAIT)
    return compute_pause(request, answer)


def describe_server(sender: Sender) -> tuple[MailServer, tuple[str, str], int]:
    """Return how to reach the sender's server, whom its mails come from, and how many may go in a minute."""
    if sender.is_relay:
        relay = MailServer(
            settings.EMAIL_HOST,
            settings.EMAIL_PORT,
            "starttls" if settings.EMAIL_USE_TLS else "none",
            settings.EMAIL_HOST_USER,
            settings.EMAIL_HOST_PASSWORD,
            trusted=True,
        )
        identity = split_address(settings.DEFAULT_FROM_EMAIL)
        return relay, identity, RELAY_PER_MINUTE
    account: MailAccount = sender.account
    identity = account.from_name, account.from_email
    return describe_account_server(account), identity, account.per_minute


def describe_account_server(account: MailAccount) -> MailServer:
    return MailServer(
        account.host, account.port, account.security, account.username, account.password
    )
