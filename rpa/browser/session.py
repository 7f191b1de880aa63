"""One Chromium with a fresh profile, driven from a thread of its own.

Playwright runs an event loop in the thread that uses it, and there Django's ORM refuses to work.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TypeVar

from outbound.errors import TryLater
from rpa.browser.chromium import build_flags, find_chromium
from rpa.browser.hand import Hand

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Route

T = TypeVar("T")
# A call is made of steps that have their own limits; this is what all of them may take.
LONGEST_CALL = 120.0
LONGEST_END = 15.0
SIZE = {"width": 1200, "height": 900}


class Chromium:
    """A browser that is open from the first call to ``close``. ``url``: the one site that it may reach."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.stack = ExitStack()
        self.browser: Browser | None = None
        self.calls: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None]
        self.calls = queue.SimpleQueue()
        self.thread: threading.Thread | None = None

    def call(self, work: "Callable[[Browser], T]") -> Future[T]:
        """Have this done with the browser, after what was asked for before."""
        if self.thread is None:
            self.thread = threading.Thread(
                target=self._serve, name="browser", daemon=True
            )
            self.thread.start()
        future: Future[T] = Future()
        self.calls.put((lambda: work(self._open()), future))
        return future

    def close(self) -> None:
        """End the browser; nothing of its profile stays."""
        if self.thread:
            self.calls.put(None)
            self.thread.join(LONGEST_END)
            self.thread, self.browser = None, None

    def _serve(self) -> None:
        with self.stack:
            while call := self.calls.get():
                work, future = call
                try:
                    future.set_result(work())
                except BaseException as error:
                    future.set_exception(error)

    def _open(self) -> "Browser":
        if self.browser is None:
            self.browser = self._launch()
        return self.browser

    def _launch(self) -> "Browser":
        from playwright.sync_api import sync_playwright

        path = find_chromium()
        if path is None:
            raise TryLater("no_browser")
        flags = build_flags(self.url)
        driver = self.stack.enter_context(sync_playwright())
        try:
            browser = driver.chromium.launch(executable_path=path, args=flags)
        except Exception as error:
            raise TryLater("no_browser") from error
        self.stack.callback(browser.close)
        return browser


class Session:
    """A fresh profile in a Chromium of its own, from the first call to ``close``."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.chromium = Chromium(url)
        self.context: BrowserContext | None = None
        self.hand: Hand | None = None

    def run(self, work: Callable[[Hand], T]) -> T:
        """Do this with the page and return its result. Raise Stuck, TryLater or what the browser raised."""
        future = self.chromium.call(lambda browser: work(self._open(browser)))
        try:
            return future.result(timeout=LONGEST_CALL)
        except TimeoutError as error:
            raise TryLater("slow") from error

    def close(self) -> None:
        """End the profile, then its browser."""
        if context := self.context:
            self.chromium.call(lambda _browser: context.close())
            self.context, self.hand = None, None
        self.chromium.close()

    def _open(self, browser: "Browser") -> Hand:
        if self.hand is None:
            self.context = self._make_context(browser)
            self.hand = Hand(self.context.new_page, self.url)
        return self.hand

    def _make_context(self, browser: "Browser") -> "BrowserContext":
        context = browser.new_context(
            viewport=SIZE,  # type: ignore[arg-type]
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
            accept_downloads=False,
            service_workers="block",
        )
        self._wall_in(context)
        return context

    def _wall_in(self, context: "BrowserContext") -> None:
        """Let nothing out but to the site itself: a page that is not the site's sees nobody's data."""
        allowed = self.url.rstrip("/") + "/"

        def decide(route: "Route") -> None:
            fine = route.request.url.startswith((allowed, "data:", "blob:"))
            if fine:
                route.continue_()
            else:
                route.abort()

        context.route("**/*", decide)
