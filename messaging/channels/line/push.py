"""One push, multicast or reply, and what LINE's answer to it means."""

from collections.abc import Mapping

import aiohttp
from django.conf import settings

from messaging.channels.base import Answer, Outcome
from messaging.channels.line.client import extract_error_message

CALL_SECONDS = 10
PUSH, MULTICAST = "/v2/bot/message/push", "/v2/bot/message/multicast"
REPLY = "/v2/bot/message/reply"


class Pusher:
    """Sends with one token over a session that is open already."""

    def __init__(self, session: aiohttp.ClientSession, token: str) -> None:
        self._session = session
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        }

    async def post(self, path: str, body: bytes, retry_key: str) -> Answer:
        """Post one call and return the answer; never raise for what the network or LINE does.

        A reply takes no retry key: "".
        """
        headers = self._headers
        if retry_key:
            headers = {**headers, "X-Line-Retry-Key": retry_key}
        try:
            async with self._session.post(
                settings.LINE_API_URL + path,
                data=body,
                headers=headers,
                allow_redirects=False,
            ) as response:
                return interpret_answer(
                    response.status, response.headers, await response.read()
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Answer(Outcome.UNCERTAIN, error=type(error).__name__)


def interpret_answer(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """Interpret LINE's answer to a send.

    409 with the id of the accepted call is success. The two kinds of 429 differ only in their message.
    ``headers`` must not care about the case of names.
    """
    request_id = headers.get("x-line-request-id", "")[:60]
    if 200 <= status < 300:
        return Answer(Outcome.SENT, status, request_id)
    if status == 409 and (accepted := headers.get("x-line-accepted-request-id", "")):
        return Answer(Outcome.SENT, status, accepted[:60])
    error = extract_error_message(body.decode("utf-8", "replace"))
    if status == 429:
        quota = "monthly limit" in error.lower()
        wait = headers.get("retry-after", "")
        after = min(float(wait), 300.0) if wait.isdigit() else 1.0
        return Answer(
            Outcome.NO_QUOTA if quota else Outcome.TOO_FAST,
            status,
            request_id,
            error,
            after,
        )
    if status in (401, 403):
        return Answer(Outcome.BAD_TOKEN, status, request_id, error)
    return Answer(
        Outcome.UNCERTAIN if status >= 500 else Outcome.REFUSED,
        status,
        request_id,
        error,
        about_text="messages" in error and "'to'" not in error,
    )


def open_session() -> aiohttp.ClientSession:
    """Open a session that reuses its connections; their number is bounded by whoever uses it."""
    timeout = aiohttp.ClientTimeout(total=CALL_SECONDS, connect=3.05)
    return aiohttp.ClientSession(
        timeout=timeout, connector=aiohttp.TCPConnector(limit=0)
    )
