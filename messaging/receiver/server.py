"""The SMTP server behind our own addresses. It takes mail for them alone and relays nothing.

Whom it does not know it refuses at RCPT. A mail that cannot be stored now is put off (4xx): the other server keeps it.
"""

import asyncio
import logging
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import close_old_connections, connection

from messaging.mailboxes.reading import LARGEST_MAIL
from messaging.receiver.addresses import find_own_mailbox
from messaging.receiver.store import store_received_mail

logger = logging.getLogger(__name__)
PER_MINUTE, MINUTE = 60, 60.0
MOST_RECIPIENTS, THREADS = 10, 4
# A connection that says nothing for so long is closed, in seconds.
IDLE = 60.0
LATER = "451 4.3.0 Cannot store it now, try again later"


class Receiver:
    """aiosmtpd's handler. ``clock`` gives seconds, for the count of mails in a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.taken: dict[str, deque[float]] = {}
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="receiver")

    async def ask_database(self, verb: Callable[..., Any], *args: Any) -> Any:
        """Run the verb in a thread that keeps its connection from one mail to the next."""

        def call() -> Any:
            close_old_connections()
            return verb(*args)

        return await asyncio.get_running_loop().run_in_executor(self.threads, call)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            found = await self.ask_database(find_own_mailbox, address)
        except Exception:
            logger.exception("an address cannot be looked up")
            return LATER
        if not found:
            return "550 5.1.1 No such address"
        if not self.allow_one_more(address.strip().lower()):
            return "450 4.7.1 Too many mails in a minute, try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    def allow_one_more(self, address: str) -> bool:
        """Count a mail to this address; return False when a minute has had its share."""
        now = self.clock()
        times = self.taken.setdefault(address, deque())
        while times and times[0] <= now - MINUTE:
            times.popleft()
        if len(times) >= PER_MINUTE:
            return False
        times.append(now)
        return True

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        try:
            for address in envelope.rcpt_tos:
                if not await self.ask_database(store_received_mail, address, raw):
                    return LATER  # switched off since RCPT, which refuses it next time
        except Exception:
            logger.exception("a mail cannot be stored")
            return LATER
        return "250 2.0.0 OK stored"

    async def handle_exception(self, error: Exception) -> str:
        logger.error("a connection failed: %s", type(error).__name__)
        return "451 4.3.0 Error"

    def close(self) -> None:
        """End the threads and their connections."""
        together = threading.Barrier(THREADS)

        def close_connection() -> None:
            together.wait(10)  # so that each thread does it once
            connection.close()

        for _each in range(THREADS):
            self.threads.submit(close_connection)
        self.threads.shutdown()


async def serve_receiver(
    receiver: Receiver, host: str, port: int, tls: ssl.SSLContext | None = None
) -> asyncio.Server:
    """Listen for mail; with ``tls`` STARTTLS is offered."""
    # It would write addresses into the log.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)

    def make_session() -> SMTP:
        return SMTP(
            receiver,
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            hostname="tsunagi",
            ident="Tsunagi",
            tls_context=tls,
            timeout=IDLE,
            loop=asyncio.get_running_loop(),
        )

    loop = asyncio.get_running_loop()
    return await loop.create_server(make_session, host, port)
