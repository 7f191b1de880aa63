"""The text of a mail that has only HTML: one line for each block, cells of a table side by side.

A reader of our own, since html.parser looks again and again for the end of what has none: 64 kB of open tags took it
two minutes. This one passes over each letter once.
"""

import re
from html import unescape

BLOCKS = {
    "p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "section", "article",
    "header", "footer", "blockquote", "pre", "dt", "dd", "dl", "body",
}  # fmt: skip
CELLS = {"td", "th"}
# Everything until their own end tag is none of the text.
SILENT = {
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in ("script", "style", "title", "template")
}
QUOTE = re.compile("[\"']")
# Between the = of an attribute and its value.
LONGEST_GAP = 20
MARK = re.compile(r"[<>\"']")
NAME = re.compile(r"/?([a-z][a-z0-9]*)", re.IGNORECASE)


class Lines:
    """Text that is put together piece by piece."""

    def __init__(self) -> None:
        self.lines: list[list[str]] = [[]]

    def add(self, text: str) -> None:
        if text:
            self.lines[-1].append(text)

    def pass_tag(self, name: str, is_end: bool) -> None:
        if name in BLOCKS:
            self.lines.append([])
        elif name in CELLS and not is_end and self.lines[-1]:
            self.add(" ")

    def join(self) -> str:
        """Return the lines, without empty ones and repeated spaces."""
        lines = (" ".join("".join(parts).split()) for parts in self.lines)
        return "\n".join(line for line in lines if line)


def extract_text(html: str) -> str:
    """Return the visible text. As in a browser, what has no end ends with the mail."""
    lines, at = Lines(), 0
    while (start := find_tag(html, at)) >= 0:
        lines.add(unescape(html[at:start]))
        if html.startswith("<!--", start):
            at = find_end(html, "-->", start + 4)
            continue
        at = find_tag_end(html, start)
        name = NAME.match(html, start + 1)
        if not name:
            continue
        word, is_end = name[1].lower(), html[start + 1] == "/"
        lines.pass_tag(word, is_end)
        if word in SILENT and not is_end:
            found = SILENT[word].search(html, at)
            at = found.start() if found else len(html)
    lines.add(unescape(html[at:]))
    return lines.join()


def find_tag(html: str, at: int) -> int:
    """Return where the next tag, comment or declaration begins, -1 without one; a lone < is text."""
    start = html.find("<", at)
    while start >= 0 and not (
        html[start + 1 : start + 2].isalpha()
        or html[start + 1 : start + 2] in tuple("/!?")
    ):
        start = html.find("<", start + 1)
    return start


def find_end(html: str, mark: str, at: int) -> int:
    """Return where it goes on behind the mark; the end of the text where there is none."""
    found = html.find(mark, at)
    return found + len(mark) if found >= 0 else len(html)


def find_tag_end(html: str, start: int) -> int:
    """Return where it goes on behind the tag: a > within a value in quotation marks does not end it."""
    end = html.find(">", start)
    if end < 0 or not QUOTE.search(html, start, end):
        return end + 1 or len(html)
    quote = ""
    for found in MARK.finditer(html, start + 1):
        mark, at = found[0], found.start()
        if quote:
            quote = "" if mark == quote else quote
        elif mark == ">":
            return at + 1
        elif mark != "<" and html[max(start, at - LONGEST_GAP) : at].rstrip().endswith(
            "="
        ):
            quote = mark
    return len(html)
