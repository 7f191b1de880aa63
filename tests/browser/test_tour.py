"""The pages of docs/tour.md, opened as their pictures are taken."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Stack
from tests.browser.test_pages import route_of
from tests.browser.tour import PICTURES, show_page

pytestmark = pytest.mark.browser


@pytest.mark.timeout(90)
def test_each_picture_shows_its_page(
    open_page: Callable[..., Page], stack: Stack
) -> None:
    page = open_page(stack.console("today/"))
    shown = {
        picture.name: route_of(show_page(page, stack.console(), picture))
        for picture in PICTURES
    }
    assert shown == {picture.name: picture.route for picture in PICTURES}
