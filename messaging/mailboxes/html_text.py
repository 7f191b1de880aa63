"""The text of a mail that has only HTML: one line for each block, cells of a table side by side."""

from html.parser import HTMLParser

BLOCKS = {
    "p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "section", "article",
    "header", "footer", "blockquote", "pre", "dt", "dd", "dl",
}  # fmt: skip
SILENT = {"script", "style", "head", "title", "template"}


class TextCollector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in SILENT:
            self.silent += 1
        elif tag in BLOCKS:
            self.lines.append("")
        elif tag in ("td", "th") and self.lines[-1]:
            self.lines[-1] += " "

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(self.silent - 1, 0)
        elif tag in BLOCKS:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.lines[-1] += " ".join(data.replace("\n", " ").split(" "))


def extract_text(html: str) -> str:
    """Return the visible text, without empty lines and repeated spaces."""
    collector = TextCollector()
    collector.feed(html)
    collector.close()
    lines = (" ".join(line.split()) for line in collector.lines)
    return "\n".join(line for line in lines if line)
