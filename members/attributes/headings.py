"""The headings of a file: one form for all ways to write them, and whether we know one."""

import re
from collections.abc import Sequence

from members.attributes.file_words import SYNONYMS
from members.normalize.keys import fold_name

NOISE = re.compile(r"[\s_\-（）()「」\[\]:：*※必須]+")


def normalize_heading(name: str) -> str:
    """Return one form for all ways to write a heading, such as 「お名前（姓）」 or "E-mail" and "email"."""
    return fold_name(NOISE.sub("", name)).replace("_", "")


KNOWN_HEADINGS = {
    normalize_heading(word) for words in SYNONYMS.values() for word in words.split()
}


def is_known_heading(name: str) -> bool:
    return normalize_heading(name) in KNOWN_HEADINGS


def is_header_row(names: Sequence[str], widest: int) -> bool:
    """Return whether a row below a title is the headings: it has two that we know, or one and more cells than a title.

    ``widest``: the most cells of a row above.
    """
    known = sum(map(is_known_heading, names))
    has_values = any("@" in name for name in names)
    return not has_values and (known > 1 or (known == 1 and len(names) > widest))
