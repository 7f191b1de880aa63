"""The demo cart as one aiohttp application."""

from aiohttp import web

from sandbox.cart.admin import add_admin
from sandbox.cart.api import CART, add_cart_api
from sandbox.cart.eccube_site import add_eccube
from sandbox.cart.office import add_office
from sandbox.cart.second import add_second
from sandbox.cart.state import CartState
from sandbox.mall.pages import Mall, add_mall
from sandbox.pages import add_static, guard_requests


def make_cart_app(cart: CartState) -> web.Application:
    app = web.Application(middlewares=[guard_requests])
    app[CART] = cart
    add_cart_api(app)
    add_admin(app)
    add_office(app)
    add_eccube(app, CART)
    add_second(app, CART)
    add_mall(app, Mall())
    add_static(app)
    return app
