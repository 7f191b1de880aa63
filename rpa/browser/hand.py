"""What a recipe does with a page: open, read, fill in, press. What is not as expected ends with the page's words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from outbound.errors import TryLater
from rpa.browser.problems import Stuck

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

LONGEST_STEP = 10_000  # ms
LONGEST_CLICK = 30_000  # ms: the answer to the one click
WORDS = "[role=alert], [role=status], dialog[open], .alert, .error, h1"
MOST_ROWS = 200


class Hand:
    """The page of one session. ``guard``: what no page may show, code → selector, looked for after each step."""

    def __init__(self, make_page: "Callable[[], Page]", url: str) -> None:
        self.page, self.url = make_page(), url.rstrip("/")
        self.page.set_default_timeout(LONGEST_STEP)
        self.guard: dict[str, str] = {}

    def renew(self) -> None:
        """Go on in another tab of the same login: the old one may wait for an answer for ever."""
        old = self.page
        self.page = old.context.new_page()
        self.page.set_default_timeout(LONGEST_STEP)
        old.close(run_before_unload=False)

    # ------------------------------------------------------------------ going somewhere
    def open(self, path: str) -> None:
        """Open a page of the site. Raise TryLater where the site does not answer."""
        from playwright.sync_api import Error

        try:
            answer = self.page.goto(f"{self.url}{path}")
        except Error as error:
            raise TryLater("unreachable") from error
        if answer and answer.status >= 500:
            raise TryLater("broken")
        self.look()

    def press(self, selector: str) -> None:
        """Press what leads to the next page; never what changes something at the cart."""
        with self.expecting(selector):
            self.page.locator(selector).first.click()
            self.page.wait_for_load_state("load")
        self.look()

    def press_once(self, selector: str) -> None:
        """Press what changes the subscription. Whatever comes of it, this is never done again."""
        self.page.locator(selector).click(timeout=LONGEST_CLICK)
        self.page.wait_for_load_state("load", timeout=LONGEST_CLICK)

    def fill(self, selector: str, text: str) -> None:
        with self.expecting(selector):
            self.page.locator(selector).first.fill(text)

    def choose(self, selector: str, index: int) -> None:
        """Choose an option of a list by its place."""
        with self.expecting(selector):
            self.page.locator(selector).first.select_option(index=index)

    def check(self, selector: str) -> None:
        with self.expecting(selector):
            self.page.locator(selector).first.check()

    # ------------------------------------------------------------------ reading
    def has(self, selector: str) -> bool:
        return bool(selector) and self.page.locator(selector).count() > 0

    def read(self, selector: str) -> str:
        """Return the text of the first one. Raise Stuck where there is none."""
        with self.expecting(selector):
            return self.page.locator(selector).first.inner_text().strip()

    def read_attribute(self, selector: str, name: str) -> str:
        with self.expecting(selector):
            return self.page.locator(selector).first.get_attribute(name) or ""

    def list_rows(self, selector: str) -> "list[Row]":
        rows = self.page.locator(selector)
        return [Row(rows.nth(n)) for n in range(min(rows.count(), MOST_ROWS))]

    def need(self, selector: str) -> None:
        """Raise Stuck unless it is on the page."""
        with self.expecting(selector):
            self.page.locator(selector).first.wait_for()

    # ------------------------------------------------------------------ what is in the way
    def look(self) -> None:
        """Raise Stuck where the page shows what no page may show."""
        for code, selector in self.guard.items():
            if self.has(selector) and self.page.locator(selector).first.is_visible():
                raise Stuck(code, self.read_words())

    def read_words(self) -> str:
        """Return what the page says by its alerts and headings: no list of people stands there."""
        texts = self.page.locator(WORDS).all_inner_texts()
        said = [" ".join(text.split()) for text in texts if text.strip()]
        return " / ".join(dict.fromkeys(said)) or self.page.title()

    @contextmanager
    def expecting(self, selector: str) -> Iterator[None]:
        """Turn what is missing into Stuck with the page's words."""
        from playwright.sync_api import Error

        try:
            yield
        except Error:
            self.look()
            # Without its cause: Playwright's own words quote what was filled in, a password too.
            raise Stuck("changed_page", f"{selector} / {self.read_words()}") from None


class Row:
    """One row of a list on the page."""

    def __init__(self, locator: "Locator") -> None:
        self.locator = locator

    def read(self, selector: str) -> str:
        found = self.locator.locator(selector)
        return found.first.inner_text().strip() if found.count() else ""

    def read_attribute(self, name: str) -> str:
        return self.locator.get_attribute(name) or ""
