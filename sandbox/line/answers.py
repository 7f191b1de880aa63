"""Answers in LINE's words, and the lean response that the send endpoints need to be fast."""

import json
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from sandbox.line.state import Channel, LineState

LINE = web.AppKey("line", LineState)
PHRASES = {
    200: b"OK",
    202: b"Accepted",
    400: b"Bad Request",
    401: b"Unauthorized",
    404: b"Not Found",
}
PHRASES |= {
    409: b"Conflict",
    413: b"Payload Too Large",
    429: b"Too Many Requests",
    500: b"Internal Server Error",
}
RATE_LIMIT = "The API rate limit has been exceeded. Try again later."
QUOTA_LIMIT = "You have reached your monthly limit."
# One encoder for all: json.dumps with separators builds a new one at each call.
encode = json.JSONEncoder(separators=(",", ":")).encode


class RequestRefused(Exception):
    """A request answered with an error: status, message, details [{message, property}], extra body and headers."""

    def __init__(
        self,
        status: int,
        message: str,
        details: list[dict[str, str]] | None = None,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers or {}
        self.body: dict[str, Any] = {
            "message": message,
            **({"details": details} if details else {}),
            **(body or {}),
        }


class Answer(web.Response):
    """A JSON answer that leaves in one write, with no more headers than needed.

    aiohttp's own way (header dict, date, hooks, writer) costs as much as all the rest of a push.
    """

    _eof_sent = False

    def __init__(
        self,
        status: int,
        body: Any,
        request_id: str,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Prepare the answer; `body` is text that is JSON already, or anything JSON can hold."""
        super().__init__(status=status)
        content = (body if isinstance(body, str) else encode(body)).encode()
        more = (
            "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            if headers
            else ""
        )
        self._bytes = (
            b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nx-line-request-id: %s\r\n%sContent-Length: %d\r\n\r\n"
            % (
                status,
                PHRASES.get(status, b"-"),
                request_id.encode(),
                more.encode(),
                len(content),
            )
        ) + content
        self._keep_alive = True
        self._transport_request: Any = None

    async def prepare(self, request: Any) -> AbstractStreamWriter | None:
        self._transport_request = request
        self._keep_alive = request.keep_alive
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        request, self._transport_request = self._transport_request, None
        if request is not None and request.transport is not None:
            request.transport.write(self._bytes)
        self._eof_sent = True


def read_bearer_token(request: web.BaseRequest) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" else ""


def authenticate_caller(request: web.BaseRequest, line: LineState) -> Channel:
    """Return the channel that calls. Refuse a token that nobody has with 401."""
    channel = line.channel_of(read_bearer_token(request))
    if channel is None:
        text = "Authentication failed. Confirm that the access token in the authorization header is valid."
        raise RequestRefused(401, text)
    return channel
