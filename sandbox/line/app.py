"""The LINE simulator as one aiohttp application."""

from pathlib import Path

from aiohttp import web

from sandbox.dns import DnsState, add_dns
from sandbox.line.answers import LINE
from sandbox.line.api import add_line_api
from sandbox.line.control import add_control
from sandbox.line.liff import add_liff
from sandbox.line.phone import add_phone
from sandbox.line.sending import SENDS, send_messages
from sandbox.line.state import LineState
from sandbox.mail import add_mail
from sandbox.mailcatcher import MailState
from sandbox.pages import add_static, guard_requests


def make_line_app(
    line: LineState,
    folder: Path | None = None,
    mail: MailState | None = None,
    dns: DnsState | None = None,
) -> web.Application:
    app = web.Application(middlewares=[guard_requests], client_max_size=3 * 1024 * 1024)
    app[LINE] = line
    add_line_api(app)
    add_control(app)
    add_liff(app)
    add_phone(app)
    add_mail(app, folder, mail)
    add_dns(app, dns or DnsState())
    add_static(app)
    return app


def open_fast_door(runner: web.AppRunner, line: LineState) -> None:
    """Let sends go straight to their handler: router and middleware cost as much as the send itself.

    The guard is not missed there: a page of another site has no bearer token.
    """
    server = runner.server
    assert server is not None
    through_app = server.request_handler

    async def door(request: web.BaseRequest) -> web.StreamResponse:
        verb = SENDS.get(request.raw_path) if request.method == "POST" else None
        return await (
            send_messages(request, line, verb) if verb else through_app(request)
        )

    server.request_handler = door
