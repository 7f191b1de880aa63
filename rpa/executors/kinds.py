"""The ways to do something at a cart. Adding one is one file, one line here and one test."""

from cartsync.connectors.kinds import get_connector_class
from cartsync.models import Cart
from outbound.kinds import load_kind
from rpa.executors.base import Executor
from rpa.models import RobotLogin
from rpa.recipes.kinds import KINDS as RECIPES
from rpa.recipes.kinds import get_recipe_class

API, BROWSER = "api", "browser"
KINDS = {
    API: "rpa.executors.api.ApiExecutor",
    BROWSER: "rpa.executors.browser.BrowserExecutor",
}


def find_robot_login(cart: Cart) -> RobotLogin | None:
    """Return the login by which the robot uses the cart's admin site; None where it goes by the API."""
    return RobotLogin.objects.filter(
        cart=cart, is_on=True, recipe__in=list(RECIPES)
    ).first()


def choose_way(cart: Cart) -> str:
    """Return by which way a cart's requests are done: by browser where the shop gave a login, else by API."""
    return BROWSER if find_robot_login(cart) else API


def can_do(cart: Cart, action: str) -> bool:
    """Return whether the cart can do this, by the way its requests go."""
    if login := find_robot_login(cart):
        return action in get_recipe_class(login.recipe).actions
    return get_connector_class(cart.kind).can(action)


def build_executor(cart: Cart) -> Executor:
    """Return the executor for a cart, by the way its requests go."""
    executor: type[Executor] = load_kind(KINDS, choose_way(cart))
    return executor(cart)
