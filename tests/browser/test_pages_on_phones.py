"""The same crawl on a phone by night; a file of its own, so that both crawls run side by side."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Stack
from tests.browser.test_pages import Axe, crawl

pytestmark = pytest.mark.browser


@pytest.mark.timeout(500)
def test_every_page_on_a_phone_by_night(open_page: Callable[..., Page], stack: Stack, axe: Axe) -> None:
    crawl(open_page(stack.console("members/"), 390, "dark"), stack, axe, "390_dark")
