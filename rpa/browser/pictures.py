"""A picture of the part of a page that the recipe names, with other people made unreadable first."""

import io
from collections.abc import Collection
from dataclasses import dataclass

from PIL import Image

from rpa.browser.hand import Hand
from rpa.browser.problems import Stuck

LOOKS = 8
PAUSE = 150  # ms
# Letters are replaced, not only blurred: a picture that was only blurred can be read again, and so can the page's text.
HIDE = """
([region, person, name, kept]) => {
  const root = document.querySelector(region);
  for (const each of root.querySelectorAll(person)) {
    if (kept.includes(each.getAttribute(name))) continue;
    const walker = document.createTreeWalker(each, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) walker.currentNode.data = walker.currentNode.data.replace(/\\S/g, "■");
    each.style.filter = "blur(3px)";
  }
}
"""


@dataclass(frozen=True)
class Region:
    """``selector``: what is shown. ``person``: the rows of people in it, and the attribute that holds their id."""

    selector: str
    person: str = ""
    id_attribute: str = "data-id"


@dataclass(frozen=True)
class Shot:
    """A PNG, and the text that stood in it."""

    png: bytes
    text: str


def take_picture(hand: Hand, region: Region, kept: Collection[str] = ()) -> Shot:
    """Return the picture once the page is still. Raise Stuck where the region is missing, or stays blank."""
    hand.need(region.selector)
    if region.person:
        hand.page.evaluate(
            HIDE, [region.selector, region.person, region.id_attribute, list(kept)]
        )
    shown = hand.page.locator(region.selector).first
    before = b""
    for _look in range(LOOKS):
        with hand.expecting(region.selector):
            png = shown.screenshot(
                animations="disabled",
                caret="hide",
                mask=[hand.page.locator("input[type=password]")],
            )
        if png == before and not is_blank(png):
            text = " ".join(shown.inner_text().split())
            return Shot(png, text)
        before = png
        hand.page.wait_for_timeout(PAUSE)
    raise Stuck("no_picture", hand.read_words())


def is_blank(png: bytes) -> bool:
    """Return whether the picture has a single colour."""
    with Image.open(io.BytesIO(png)) as image:
        low, high = image.convert("L").getextrema()
    return low == high
