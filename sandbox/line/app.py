"""The LINE simulator as one aiohttp application."""

from aiohttp import web

from sandbox.line.answers import LINE
from sandbox.line.api import add_api
from sandbox.line.control import add_control
from sandbox.line.liff import add_liff
from sandbox.line.phone import add_phone
from sandbox.line.state import LineState
from sandbox.pages import add_static, guard


def line_app(line: LineState) -> web.Application:
    app = web.Application(middlewares=[guard], client_max_size=3 * 1024 * 1024)
    app[LINE] = line
    add_api(app)
    add_control(app)
    add_liff(app)
    add_phone(app)
    add_static(app)
    return app
