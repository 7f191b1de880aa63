"""The mail catcher: what the product's file back end wrote to <var>/mail, newest first. Nothing is sent anywhere."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

from aiohttp import web

from sandbox.pages import render_page

FOLDER = web.AppKey("mail", Path)
# Django's file back end ends each message with a line of 79 hyphens.
END = b"-" * 79 + b"\n"
MOST = 100


@dataclass(frozen=True)
class Mail:
    at: str
    sender: str
    to: str
    subject: str
    text: str


def read_caught_mails(folder: Path) -> list[Mail]:
    """Return the newest messages of the folder; none when nothing was ever written."""
    files = sorted(
        folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True
    )[:MOST]
    return [mail for path in files for mail in reversed(parse_mails(path))]


def parse_mails(path: Path) -> list[Mail]:
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
            Mail(
                at,
                str(message["From"]),
                str(message["To"]),
                str(message["Subject"]),
                text,
            )
        )
    return found


async def show_mails(request: web.Request) -> web.Response:
    folder = request.app.get(FOLDER)
    return render_page(
        "line/mail.html", mails=read_caught_mails(folder) if folder else [], here="mail"
    )


def add_mail(app: web.Application, folder: Path | None) -> None:
    if folder:
        app[FOLDER] = folder
    app.router.add_get("/mail/", show_mails)
