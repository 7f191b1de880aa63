"""A real stack (web, worker, beat, sandbox, both engines, the demo shop) as `make run` starts it, and a real Chromium.

Nothing here reaches into the database: what a test knows, it has seen on a page.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from config.settings import BASE_DIR, VAR
from scripts.browser import chromium
from tests.browser.stack import Stack, make_run, prepared, processes_of

PICTURES = BASE_DIR / "var" / "pictures"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Rows of a long list are alike: the first twelve are judged. Half of all the time went into a hundred members.
REPEATED = {"exclude": [["tbody tr:nth-child(n+13)"]]}
WIDTHS = {1360: 900, 390: 844}
expect.set_options(timeout=15_000)  # a busy machine is no failure


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The pages come first: they are judged as the demo shop shows them, before other tests leave their traces.

    Then the files that take longest (tests/conftest.py). A second cart comes late, for the others know of one. The new
    shop comes last: it is a second one of the owner's, who is then asked at login which to open.
    """
    order = {"test_pages.py": 0, "test_any_cart.py": 2, "test_first_day.py": 3}
    items.sort(key=lambda item: order.get(item.path.name, 1))


@pytest.fixture(scope="session")
def stack(testrun_uid: str) -> Iterator[Stack]:
    """BROWSER_STACK="web line cart" (three addresses) uses a `make run` that is there already, while writing tests."""
    if running := os.environ.get("BROWSER_STACK"):
        yield Stack(*running.split())
        return
    var = VAR / f"browser-stack-{os.environ.get('PYTEST_XDIST_WORKER', 'gw0')}"
    shutil.rmtree(var, ignore_errors=True)
    subprocess.run(["cp", "-a", prepared(testrun_uid), var], check=True)
    process, addresses = make_run(var)
    assert process.stdout
    seen = ""
    for line in process.stdout:
        seen += line
        if "Ctrl-C" in line:
            break
    else:
        pytest.fail(f"`make run` ended before it served:\n{seen}")
    yield Stack(*addresses)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert processes_of(var) == [], "Ctrl-C leaves processes behind"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        path = chromium()
    except RuntimeError as missing:
        pytest.fail(str(missing), pytrace=False)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def signed_in(browser: Browser, stack: Stack) -> dict:  # type: ignore[type-arg]
    """The cookies of the demo shop's owner, gained by logging in as a person does, who has shown again who it is.

    By then the cart has been read: who is linked no longer changes by itself.
    """
    context = browser.new_context(locale="ja-JP")
    page = context.new_page()
    page.goto(f"{stack.web}/login/")
    page.get_by_label("ログインID").fill(stack.login)
    page.locator("input[type=password]").fill(stack.password)
    page.locator(
        "main form button[type=submit], form[action*=login] button[type=submit]"
    ).first.click()
    page.wait_for_url(f"{stack.console()}**")
    page.goto(f"{stack.web}/account/confirm/")
    page.get_by_label("あなたのログインパスワード").fill(stack.password)
    page.get_by_role("button", name="確認して続ける").click()
    page.wait_for_url(f"{stack.web}/account/")
    while (
        page.goto(stack.console("carts/"))
        and not page.get_by_text("正常", exact=True).count()
    ):
        page.wait_for_timeout(500)
    state = context.storage_state()
    context.close()
    return state  # type: ignore[return-value]


class Watched:
    """Pages whose console errors and policy violations fail the test that opened them."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

    def watch(self, page: Page) -> None:
        page.on(
            "console",
            lambda m: (
                self.complaints.append(f"{page.url}: {m.text}")
                if m.type == "error"
                else None
            ),
        )
        page.on("pageerror", lambda e: self.complaints.append(f"{page.url}: {e}"))


@pytest.fixture
def watched() -> Iterator[Watched]:
    watching = Watched()
    yield watching
    # A form sent back with 422 is an ordinary answer that Chromium reports as a failed load.
    assert [line for line in watching.complaints if "status of 422" not in line] == []


@pytest.fixture
def new_context(
    browser: Browser, watched: Watched
) -> Iterator[Callable[..., BrowserContext]]:
    opened: list[BrowserContext] = []

    def make(
        width: int = 1360, theme: str = "light", **options: object
    ) -> BrowserContext:
        context = browser.new_context(
            viewport={"width": width, "height": WIDTHS.get(width, 900)},
            color_scheme=theme,
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
            **options,
        )
        context.set_default_timeout(15_000)
        context.on("page", watched.watch)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def open_page(
    new_context: Callable[..., BrowserContext], stack: Stack, signed_in: dict
) -> Callable[..., Page]:  # type: ignore[type-arg]
    """Opens a page of the stack by path ("/login/", "/t/demo/members/"), signed in unless told otherwise."""

    def visit(
        path: str, width: int = 1360, theme: str = "light", anonymous: bool = False
    ) -> Page:
        options = {} if anonymous else {"storage_state": signed_in}
        page = new_context(width, theme, **options).new_page()
        page.goto(path if path.startswith("http") else f"{stack.web}{path}")
        return page

    return visit


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """What axe finds on the page (WCAG 2.0 to 2.2, A and AA, and best practice): one line for each finding."""
    return partial(findings, Axe(), {"preload": False, "resultTypes": ["violations"]})


def findings(runner: Axe, options: dict[str, object], page: Page) -> list[str]:
    found = runner.run(page, REPEATED, options).response["violations"]
    return [
        f"{v['id']}: {node['target']} {node['failureSummary'][:200]}"
        for v in found
        for node in v["nodes"]
    ]


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"{name}.jpg"
    page.screenshot(path=path, full_page=True, type="jpeg", quality=80)


def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window; 0 when it fits."""
    return int(
        page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    )
