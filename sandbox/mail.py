"""The page of caught mails: what came by SMTP, and what the file back end wrote to <var>/mail, newest first."""

from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

from aiohttp import web

from sandbox.mailcatcher import RATES, CaughtMail, MailFaults, MailState
from sandbox.pages import render_page

FOLDER = web.AppKey("mail", Path)
STATE = web.AppKey("caught", MailState)
# Django's file back end ends each message with a line of 79 hyphens.
END = b"-" * 79 + b"\n"
MOST = 100


def read_caught_mails(folder: Path) -> list[CaughtMail]:
    """Return the newest messages of the folder; none when nothing was ever written."""
    files = sorted(
        folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True
    )[:MOST]
    return [mail for path in files for mail in reversed(parse_mails(path))]


def parse_mails(path: Path) -> list[CaughtMail]:
    # As text: the template engine runs without Django's settings.
    at = datetime.fromtimestamp(path.stat().st_mtime).strftime("%Y/%m/%d %H:%M")
    messages = [
        message_from_bytes(raw, policy=policy.default)
        for raw in path.read_bytes().split(END)
        if raw.strip()
    ]
    found = []
    for message in messages:
        body = message.get_body(preferencelist=("plain", "html"))
        text = body.get_content() if body else ""
        found.append(
            CaughtMail(
                at,
                str(message["From"]),
                str(message["To"]),
                str(message["Subject"]),
                text,
            )
        )
    return found


async def show_mails(request: web.Request) -> web.Response:
    folder, state = request.app.get(FOLDER), request.app[STATE]
    mails = [*reversed(state.mails), *(read_caught_mails(folder) if folder else [])]
    return render_page("line/mail.html", mails=mails, faults=state.faults, here="mail")


async def show_html(request: web.Request) -> web.Response:
    """Show the HTML of the n-th newest mail alone, for a frame that runs no scripts."""
    mails = request.app[STATE].mails
    number = int(request.match_info["number"])
    if not 1 <= number <= len(mails):
        raise web.HTTPNotFound
    policy_header = {
        "Content-Security-Policy": "sandbox; default-src 'none'; img-src *; style-src 'unsafe-inline'"
    }
    return web.Response(
        text=mails[-number].html, content_type="text/html", headers=policy_header
    )


async def change_mail_faults(request: web.Request) -> web.Response:
    """Order what goes wrong from now on; what the form leaves out is 0."""
    given = await request.post()
    kinds = {"slow_ms": int, "seed": int, **dict.fromkeys(RATES, float)}
    try:
        values = {name: kinds[name](str(given.get(name) or 0)) for name in kinds}
        request.app[STATE].faults = MailFaults(**values)
    except ValueError as error:
        raise web.HTTPBadRequest(text=str(error)) from error
    raise web.HTTPSeeOther("/mail/")


def add_mail(
    app: web.Application, folder: Path | None, state: MailState | None
) -> None:
    if folder:
        app[FOLDER] = folder
    app[STATE] = state or MailState()
    app.router.add_get("/mail/", show_mails)
    app.router.add_get(r"/mail/{number:\d+}/html", show_html)
    app.router.add_post("/mail/faults", change_mail_faults)
