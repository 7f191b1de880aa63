"""The letters that ``members/sql/search.sql`` folds as ``keys.normalize_name`` does."""

from collections.abc import Iterable

from members.normalize.kanji_variants import VARIANTS
from members.normalize.names import KATAKANA

INVISIBLE = r"\uFE00-\uFE0F\U000E0100-\U000E01EF\u180B-\u180E\u00AD\uFEFF\u200B-\u200F\u202A-\u202E\u2060-\u206F"


def build_search_letters() -> dict[str, str]:
    """Return the texts that stand for the markers of the SQL file."""
    return {
        "invisible": INVISIBLE,
        "hiragana": _join_letters(KATAKANA),
        "katakana": _join_letters(KATAKANA.values()),
        "variants": _join_letters(VARIANTS),
        "usual_kanji": _join_letters(VARIANTS.values()),
    }


def _join_letters(codes: Iterable[int | str]) -> str:
    """Return one text of code points and letters, as the tables of ``str.translate`` hold them."""
    return "".join(chr(code) if isinstance(code, int) else code for code in codes)
