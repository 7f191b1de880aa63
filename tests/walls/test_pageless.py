"""Addresses that have no page of their own: asked for, they lead elsewhere, or give a part of a page or a file."""

import copy
import itertools

import pytest

from tests.conftest import client_for
from tests.walls.test_urls import CONSOLE, Shops, candidates, worlds

__all__ = ["worlds"]

# Buttons: who comes here by a link, back from the login, say, finds the button on the page that it leads to.
BUTTONS = {
    "contents/liff/<slug:public_id>/copy/",
    "contents/liff/<slug:public_id>/switch/",
    "files/<str:public_id>/",
    "jobs/<str:public_id>/resume/",
    "jobs/<str:public_id>/stop/",
    "members/<str:public_id>/receiving/",
    "members/<str:public_id>/tags/add/",
    "members/<str:public_id>/tags/remove/",
    "members/<str:public_id>/undelete/",
    "members/attributes/<str:public_id>/restore/",
    "members/attributes/<str:public_id>/show/",
    "members/attributes/order/",
    "members/merge/",
    "members/segments/<str:public_id>/duplicate/",
    "members/tags/folders/order/",
    "members/tags/merge/",
    "members/tags/move/",
    "messages/talk/<str:public_id>/reply/",
    "rpa/settings/rules/",
    "rpa/settings/search/",
}
# Where a cart sends an operator back to.
RETURNS = {"carts/approved/"}
PARTS = {
    "carts/orders/count/",
    "members/imports/<str:public_id>/progress/",
    "members/segments/<str:public_id>/count/",
    "messages/steps/<str:public_id>/fitting/",
}
FILES = {
    "members/paste/<str:public_id>/invalid/",
    "members/paste/<str:public_id>/not-found/",
    "rpa/requests/<slug:public_id>/pictures/<int:pk>/",
    "rpa/requests/upload/sample/",
}
PAGELESS = BUTTONS | RETURNS | PARTS | FILES


@pytest.fixture
def shops(worlds: Shops, db: None) -> Shops:
    return copy.deepcopy(worlds)


def test_what_has_no_page_gives_none(shops: Shops) -> None:
    """Every one of them is an address of the console, and no row of the world opens a page there."""
    client, found = client_for(shops.cast.aiko), set()
    for address in CONSOLE:
        if address.route not in PAGELESS:
            continue
        for values in itertools.islice(candidates(address, shops.ours), 30):
            answer = client.get(address.path(shops.cast.sakura, values))
            if answer.status_code == 404:
                continue
            found.add(address.route)
            assert answer.status_code in (200, 302), address.route
            body = answer.getvalue()
            assert b"<html" not in body, address.route
            break
    # The lists of pasted values hold no texts in the world.
    assert PAGELESS - found <= {route for route in FILES if "paste" in route}
