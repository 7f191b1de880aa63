"""The letters that ``members/sql/search.sql`` folds as ``keys.name_key`` does."""

from collections.abc import Iterable

from members.normalize.kanji_variants import VARIANTS
from members.normalize.keys import KATAKANA

INVISIBLE = r"\uFE00-\uFE0F\U000E0100-\U000E01EF\u180B-\u180E\u00AD\uFEFF\u200B-\u200F\u202A-\u202E\u2060-\u206F"


def search_letters() -> dict[str, str]:
    """Return the texts that stand for the markers of the SQL file."""
    return {
        "invisible": INVISIBLE,
        "hiragana": join_letters(KATAKANA),
        "katakana": join_letters(KATAKANA.values()),
        "variants": join_letters(VARIANTS),
        "usual_kanji": join_letters(VARIANTS.values()),
    }


def join_letters(codes: Iterable[int | str]) -> str:
    """Return one text of code points and letters, as the tables of ``str.translate`` hold them."""
    return "".join(chr(code) if isinstance(code, int) else code for code in codes)
