"""The ten pictures of docs/tour.md: which page of the demo shop each shows.

``python -m tests.browser.tour WEB`` takes them from a running `make run` into docs/pictures
(`make pictures`).
"""

import io
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
WIDTH, HEIGHT = 1280, 820
LARGEST = 120_000  # bytes of one picture


@dataclass(frozen=True)
class Picture:
    """``path`` below the shop's console; ``link``: what is pressed there, for the page of a row.

    ``route``: which page it must be then (config.urls_console).
    """

    name: str
    path: str
    route: str
    link: str = ""
    dark: bool = False
    phone: bool = False


PICTURES = (
    Picture("today", "today/", "today/"),
    Picture("checklist", "settings/checklist/", "settings/checklist/"),
    Picture("members", "members/", "members/"),
    Picture("member", "members/", "members/<str:public_id>/", "tbody a[href*='/members/']"),
    Picture("form", "contents/liff/", "contents/liff/<slug:public_id>/", "tbody a[href*='/contents/liff/']"),
    Picture("series", "messages/", "messages/steps/<str:public_id>/", "tbody a[href*='/messages/steps/']"),
    Picture("broadcast", "messages/broadcasts/", "messages/broadcasts/"),
    Picture("funnel", "carts/funnel/", "carts/funnel/"),
    Picture("requests", "rpa/requests/", "rpa/requests/", dark=True),
    Picture("phone", "members/", "members/", phone=True),
)  # fmt: skip


def show_page(page: Page, console: str, picture: Picture) -> str:
    """Open the page of a picture; return its path below the console."""
    page.set_viewport_size({"width": 390 if picture.phone else WIDTH, "height": HEIGHT})
    page.emulate_media(color_scheme="dark" if picture.dark else "light")
    page.goto(f"{console}{picture.path}")
    if picture.link:
        page.locator(picture.link).first.click()
        page.wait_for_load_state()
    return page.url.partition("?")[0].removeprefix(console)


def take_picture(page: Page, name: str) -> Path:
    """Write what the window shows as a small WebP."""
    shown = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    path = FOLDER / f"{name}.webp"
    shown.save(path, "WEBP", quality=72, method=6)
    return path


def main(web: str) -> None:
    from playwright.sync_api import sync_playwright

    from scripts.browser import chromium
    from tests.browser.stack import Stack

    stack = Stack(web, "", "")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox"]
        )
        page = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo").new_page()
        page.goto(f"{web}/login/?next=/t/{stack.shop}/today/")
        page.get_by_label("ログインID").fill(stack.login)
        page.locator("input[type=password]").fill(stack.password)
        page.locator("form[action*=login] button[type=submit]").first.click()
        page.wait_for_url(stack.console("today/"))
        for picture in PICTURES:
            show_page(page, stack.console(), picture)
            path = take_picture(page, picture.name)
            sys.stdout.write(f"{path.name}  {path.stat().st_size // 1000} kB\n")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
