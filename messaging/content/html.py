"""The HTML of a mail: made safe, with its styles where mail programs look for them."""

import css_inline
import nh3

from messaging.mailboxes.html_text import extract_text

# Gmail shows no more of a mail than about this.
LONGEST_HTML = 100_000
TAGS = nh3.ALLOWED_TAGS | {"font"}
ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    "*": {"style", "align", "valign", "width", "height", "bgcolor", "color", "border", "cellpadding", "cellspacing"},
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
}  # fmt: skip
DOCUMENT = (
    '<!doctype html><html lang="ja"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"></head><body>{}</body></html>'
)


def clean_html(html: str) -> str:
    """Return the HTML without scripts, forms, frames and the like, the rules of its style sheets on the elements.

    Merge fields stay as they are. Nothing is fetched.
    """
    if not html.strip():
        return ""
    inliner = css_inline.CSSInliner(
        load_remote_stylesheets=False, keep_style_tags=False
    )
    return nh3.clean(
        inliner.inline(html),
        tags=TAGS,
        attributes=ATTRIBUTES,
        clean_content_tags={"script", "style", "title"},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    ).strip()


def build_document(html: str) -> str:
    """Return the whole document around a cleaned part."""
    return DOCUMENT.format(html)


def read_text(html: str) -> str:
    """Return the text of a mail that was written as HTML alone."""
    return extract_text(html)
