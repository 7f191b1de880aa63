"""What both servers' pages share: templates, static files, and the guard at the door."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from django.template import Context, Engine

HERE = Path(__file__).parent
ENGINE = Engine(
    dirs=[str(HERE / "templates")],
    builtins=[*Engine.default_builtins, "sandbox.filters"],
)
POLICY = (
    "default-src 'self'; img-src 'self' data: https: http://127.0.0.1:*; frame-ancestors 'none'; "
    "form-action 'self' http://127.0.0.1:* http://localhost:*"
)
LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def render_page(template: str, /, status: int = 200, **context: Any) -> web.Response:
    """Render `templates/<template>` without Django settings: no localisation, times come as text."""
    text = ENGINE.get_template(template).render(
        Context(context, use_l10n=False, use_tz=False)
    )
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
    }
    return web.Response(
        text=text, status=status, content_type="text/html", headers=headers
    )


def redirect_to(url: str) -> web.Response:
    """Redirect with See Other: after a form post, and on the way through LIFF."""
    return web.Response(
        status=303, headers={"Location": url, "Cache-Control": "no-store"}
    )


async def read_form(request: web.Request) -> dict[str, str]:
    """Return the posted form as plain trimmed text."""
    return {
        name: value.strip()
        for name, value in (await request.post()).items()
        if isinstance(value, str)
    }


@web.middleware
async def guard_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests from anywhere but this machine.

    A foreign Host is a rebinding trick, a foreign Origin on a post is another site's form.
    """
    host = request.headers.get("Host", "")
    if host.rsplit(":", 1)[0] not in LOOPBACK:
        return web.Response(
            status=421, text="サンドボックスは127.0.0.1でだけ使えます。"
        )
    origin = request.headers.get("Origin")
    if origin and request.method != "GET" and urlsplit(origin).hostname not in LOOPBACK:
        return web.Response(status=403, text="ほかのサイトからは操作できません。")
    return await handler(request)


def add_static(app: web.Application) -> None:
    app.router.add_static("/assets/", HERE / "static", append_version=False)
