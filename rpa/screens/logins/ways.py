"""By which way the requests of each cart go, for the page of the settings."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from cartsync.models import Cart
from rpa.models import RobotLogin
from rpa.recipes.kinds import KINDS, get_recipe_class
from rpa.robot.troubles import TROUBLES

MOST = 50


@dataclass(frozen=True)
class Way:
    """``label``: the recipe, where the requests go by browser. ``trouble``: cause and remedy."""

    cart: Cart
    login: RobotLogin | None = None
    label: str | Promise = ""
    is_live: bool = False
    trouble: tuple[str | Promise, str | Promise] | None = None


def list_ways(is_live: bool) -> Sequence[Way]:
    """Return the way of each cart; ``is_live``: whether the shop as a whole is."""
    carts = list(Cart.objects.active().order_by("name", "pk")[:MOST])
    logins = {each.cart_id: each for each in RobotLogin.objects.filter(cart__in=carts)}
    return [build_way(cart, logins.get(cart.pk), is_live) for cart in carts]


def build_way(cart: Cart, login: RobotLogin | None, is_live: bool) -> Way:
    if login is None or not login.is_on:
        return Way(cart, login, is_live=is_live)
    known = login.recipe in KINDS
    label = get_recipe_class(login.recipe).label if known else login.recipe
    live = is_live and login.is_live
    return Way(cart, login, label, live, TROUBLES.get(login.trouble))
