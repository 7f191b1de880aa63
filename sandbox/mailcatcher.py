"""The mail catcher: a real SMTP server that takes every mail, delivers none, and errs when told to."""

import asyncio
import random
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

MOST = 500
RATES = ("later_421", "later_450", "refuse_550", "drop_before", "drop_after")


@dataclass
class MailFaults:
    """Rates are shares of all mails, drawn once per mail, so they exclude each other.

    later_421    "421 try again later", and the connection is closed
    later_450    "450 mailbox busy"
    refuse_550   "550 no such user"
    drop_before  the connection is cut before the mail is taken
    drop_after   the mail is taken, and the connection is cut before the answer
    slow_ms      each mail waits that long
    """

    later_421: float = 0.0
    later_450: float = 0.0
    refuse_550: float = 0.0
    drop_before: float = 0.0
    drop_after: float = 0.0
    slow_ms: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        total = sum(getattr(self, name) for name in RATES)
        if total > 1 or any(getattr(self, name) < 0 for name in RATES):
            raise ValueError("障害の割合は0以上で、合計1以下にしてください。")
        self._random = random.Random(self.seed)  # noqa: S311 - must repeat itself

    def draw(self) -> str:
        """Return which fault hits the next mail, or "" for none."""
        left = self._random.random()
        for name in RATES:
            if left < (share := getattr(self, name)):
                return name
            left -= share
        return ""


@dataclass(frozen=True)
class CaughtMail:
    at: str
    sender: str
    to: str
    subject: str
    text: str
    html: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class MailState:
    """What was taken. ``taken`` counts each Message-ID, ``to`` each recipient; ``record`` "counts" keeps no mails."""

    record: str = "full"
    faults: MailFaults = field(default_factory=MailFaults)
    mails: deque[CaughtMail] = field(default_factory=lambda: deque(maxlen=MOST))
    # The same as they came over the wire, for whoever verifies a signature.
    raw: deque[bytes] = field(default_factory=lambda: deque(maxlen=MOST))
    taken: Counter[str] = field(default_factory=Counter)
    to: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    logins: dict[str, str] = field(default_factory=dict)

    def reset(self) -> None:
        self.faults = MailFaults()
        for each in (self.mails, self.raw, self.taken, self.to, self.answers):
            each.clear()
        self.logins.clear()


class Catcher:
    """aiosmtpd's handler: one call for each mail."""

    def __init__(self, state: MailState) -> None:
        self.state = state

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        faults = self.state.faults
        if faults.slow_ms:
            await asyncio.sleep(faults.slow_ms / 1000)
        fault = faults.draw()
        self.state.answers[fault or "250"] += 1
        if fault == "later_421":
            return "421 4.3.2 Try again later"
        if fault == "later_450":
            return "450 4.2.1 Mailbox busy"
        if fault == "refuse_550":
            return "550 5.1.1 No such user"
        if fault != "drop_before":
            content = envelope.content or b""
            self._take(
                content if isinstance(content, bytes) else content.encode(), envelope
            )
        transport: Any = server.transport
        if fault.startswith("drop") and transport:
            transport.abort()
        return "250 2.0.0 OK caught"

    def _take(self, content: bytes, envelope: Envelope) -> None:
        head = message_from_bytes(content.partition(b"\r\n\r\n")[0])
        self.state.taken[str(head["Message-ID"])] += 1
        self.state.to.update(envelope.rcpt_tos)
        if self.state.record == "full":
            self.state.mails.append(read_mail(content, envelope.rcpt_tos))
            self.state.raw.append(content)


def read_mail(content: bytes, to: list[str]) -> CaughtMail:
    message: EmailMessage = message_from_bytes(content, policy=policy.default)
    parts = [message.get_body((kind,)) for kind in ("plain", "html")]
    text, html = (part.get_content() if part else "" for part in parts)
    return CaughtMail(
        datetime.now().strftime("%Y/%m/%d %H:%M"),
        str(message["From"]),
        ", ".join(to),
        str(message["Subject"]),
        text,
        html,
        tuple((name, str(value)) for name, value in message.items()),
    )


async def serve_mail(state: MailState, host: str, port: int) -> asyncio.Server:
    """Listen for SMTP; whoever logs in is let in with any password, unless ``state.logins`` names theirs."""

    def let_in(mechanism: str, login: bytes, password: bytes) -> bool:
        wanted = state.logins.get(login.decode())
        return wanted is None or wanted == password.decode()

    def make_session() -> SMTP:
        given: dict[str, Any] = {
            "auth_require_tls": False,
            "auth_callback": let_in,
            "hostname": "catcher.test",
            "loop": asyncio.get_running_loop(),
        }
        return SMTP(Catcher(state), **given)

    loop = asyncio.get_running_loop()
    return await loop.create_server(make_session, host, port)
