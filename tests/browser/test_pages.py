"""Every page of the console, found by following its links: it fits, axe finds nothing, and its picture is taken."""

import re
from collections.abc import Callable
from typing import Any, Literal

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Stack, overflow, picture
from tests.walls.pageless import PAGELESS
from tests.walls.test_urls import CONSOLE, addresses

pytestmark = pytest.mark.browser
Axe = Callable[[Page], list[str]]
# Pages that a new demo shop has no occasion for, by what it lacks; without script their tests open them.
NO_OCCASION = {
    "a mail that came in, an answer to the first form": {
        "carts/mail/log/<str:public_id>/",
        "contents/liff/answer/<slug:public_id>/",
    },
    "a job, an import": {
        "jobs/<str:public_id>/",
        "jobs/<str:public_id>/undo/",
        "members/imports/<str:public_id>/",
        "members/imports/<str:public_id>/columns/",
        "members/imports/<str:public_id>/undo/",
    },
    "an attribute or a folder of its own": {
        "members/attributes/<str:public_id>/",
        "members/attributes/<str:public_id>/delete/",
        "members/tags/folders/<str:public_id>/",
    },
    "a note of the demo's operator, an answer to go back to": {
        "members/answers/<str:public_id>/restore/",
        "members/notes/<str:public_id>/delete/",
        "members/notes/<str:public_id>/edit/",
    },
    "a condition that is watched": {
        "members/segments/<str:public_id>/joined/",
        "members/segments/<str:public_id>/left/",
    },
    "a message of unknown outcome, a changed one, a series that is off": {
        "messages/log/<uuid:public_id>/again/",
        "messages/steps/<str:public_id>/switch/",
        "messages/steps/messages/<str:public_id>/apply/",
    },
    "figures of LINE's about a broadcast": {
        "messages/broadcasts/<str:public_id>/line/",
    },
    "somebody invited, or with a second factor": {
        "settings/operators/<int:pk>/factors/",
        "settings/operators/invitations/<str:public_id>/cancel/",
    },
    "a plan on trial": {"settings/plan/apply/"},
}
WITHOUT_A_PAGE = PAGELESS.union(*NO_OCCASION.values())
# Width, height, colours. The desk comes last: the next page is loaded as it is there.
LOOKS: tuple[tuple[int, int, Literal["light", "dark"]], ...] = (
    (390, 844, "dark"),
    (1280, 900, "light"),
)
# What stands on a tab of these pages is linked nowhere else.
WITH_TABS = {"members/<str:public_id>/"}
ROUTES = {
    address.route: re.compile("^" + re.sub(r"<[^>]+>", "[^/]+", address.route) + "$")
    for address in CONSOLE
}


def route_of(path: str) -> str:
    """The console's route of a path below /t/<slug>/; plain routes win over those with placeholders."""
    fitting = [route for route, pattern in ROUTES.items() if pattern.match(path)]
    return min(fitting, key=lambda route: route.count("<"))


def takes_get(view: Any) -> bool:
    """Whether a GET is answered, by what ``require_POST`` and its like ask of the view."""
    while view:
        names = view.__code__.co_freevars
        if "request_method_list" in names:
            methods = view.__closure__[names.index("request_method_list")].cell_contents
            return "GET" in methods
        view = getattr(view, "__wrapped__", None)
    return True


POSTED = {
    route
    for route, pattern in addresses("config.urls_console")
    if not takes_get(pattern.callback)
}


def links(page: Page, stack: Stack) -> list[str]:
    found = page.eval_on_selector_all(
        "a[href]:not([download])", "all => all.map(a => a.href.split(/[?#]/)[0])"
    )
    inside = [
        href.removeprefix(stack.console())
        for href in found
        if href.startswith(stack.console())
    ]
    return list(dict.fromkeys(inside))


@pytest.mark.timeout(900)
def test_every_page_on_a_desk_by_day_and_on_a_phone_by_night(
    open_page: Callable[..., Page], stack: Stack, axe: Axe
) -> None:
    """Follow every link to a page of a kind not seen yet, and judge it."""
    page = open_page(stack.console("members/"), 1280, "light")
    pages: dict[str, str] = {}
    found, waiting = {}, ["members/"]
    while waiting:
        path = waiting.pop(0)
        route = route_of(path)
        if route in pages:
            continue
        pages[route] = path
        # A new tab is slow at first, and one that has seen dozens of pages and as many reports in the end.
        page = fresh(page) if len(pages) % 5 == 1 else page
        answer = page.goto(stack.console(path))
        assert answer and answer.status == 200, path
        linked = links(page, stack)
        if complaints := judge(page, name_page(route), axe):
            found[path] = complaints
        if route in WITH_TABS:
            linked += links_of_tabs(page, stack)
        waiting += [link for link in linked if link and route_of(link) not in pages]
    # What other tests did before may have given occasion for some of them.
    unseen = set(ROUTES) - set(pages) - {""} - POSTED - WITHOUT_A_PAGE
    assert (found, unseen) == ({}, set())


def judge(page: Page, name: str, axe: Axe) -> list[str]:
    """Return what is wrong in each look. The page is not loaded anew: a window may change its size and colours."""
    complaints = []
    for width, height, theme in LOOKS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        wrong = axe(page) + unfit(page, f"{name}_{width}_{theme}")
        complaints += [f"{width} {theme}: {line}" for line in wrong]
    return complaints


def name_page(route: str) -> str:
    plain = re.sub(r"\W+", "_", re.sub(r"<[^>]+>", "one", route))
    return "console_" + plain.strip("_")


def links_of_tabs(page: Page, stack: Stack) -> list[str]:
    """Open each tab of the page, and return what is linked there."""
    tabs = page.eval_on_selector_all(
        "nav.tabs a[href], [role=tablist] a[href]", "all => all.map(a => a.href)"
    )
    found = []
    for tab in tabs:
        page.goto(tab)
        found += links(page, stack)
    return found


def fresh(page: Page) -> Page:
    other = page.context.new_page()
    page.close()
    other.emulate_media(reduced_motion="reduce")  # no colour half-way to another
    return other


def unfit(page: Page, name: str) -> list[str]:
    """The page is as wide as its window, and a window of 1280 pixels shows every column of every list."""
    picture(page, name)
    complaints = [f"{overflow(page)} px too wide"] if overflow(page) else []
    if page.viewport_size and page.viewport_size["width"] == 1280:
        cut = page.eval_on_selector_all(
            ".table-frame", "all => all.map(f => f.scrollWidth - f.clientWidth)"
        )
        complaints += [f"a table is cut by {pixels} px" for pixels in cut if pixels]
    return complaints
