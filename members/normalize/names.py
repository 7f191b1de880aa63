"""Names of people and labels: as they are stored, and the keys by which they are compared."""

import re
import unicodedata

from members.normalize.kanji_variants import VARIANTS
from members.normalize.text import (
    INVISIBLE,
    SAME_SIGNS,
    SELECTORS,
    clean_typed_text,
    normalize_text,
)


def clean_name(text: str) -> str:
    """Return a name as it was typed, with one ordinary blank wherever there are blanks or line breaks."""
    return " ".join(clean_typed_text(text).split())


# Where a keyboard has no ー at hand, people type a dash of full width.
LONG_VOWEL = re.compile("(?<=[ぁ-ゖァ-ヺーｦ-ﾟ])[－−―—─‐‑‒–]")


NAME_NOISE = re.compile(r"[\s・･.,'’\-‐]+")


# Hiragana, small ヵ and ヶ, which people write large, and the signs that are one.
KATAKANA = {
    **{code: code + 0x60 for code in range(0x3041, 0x3097)},
    **dict.fromkeys(map(ord, "ゕヵ"), ord("カ")),
    **dict.fromkeys(map(ord, "ゖヶ"), ord("ケ")),
    **SAME_SIGNS,
}


def normalize_name(text: str) -> str:
    """Return the form in which names are compared: 「髙橋　花子」 becomes 「高橋花子」.

    No blanks, no variation selectors, one form of each kanji, katakana in place of hiragana.
    """
    return fold_name(text).translate(VARIANTS)[:200]


def fold_name(text: str) -> str:
    text = LONG_VOWEL.sub("ー", text)
    text = (
        unicodedata.normalize("NFKC", text.translate(SELECTORS))
        .translate(INVISIBLE)
        .replace("\0", "")
    )
    text = NAME_NOISE.sub(
        "", unicodedata.normalize("NFKC", text.casefold().translate(KATAKANA))
    )
    return unicodedata.normalize("NFKC", text)


def normalize_label(text: str) -> str:
    """Return the form in which names of tags are compared: width, case and runs of blanks do not count.

    Nor does it count which of two signs that look the same stands there: 〜 or ～.
    """
    folded = unicodedata.normalize("NFKC", normalize_text(text).casefold())
    return " ".join(folded.translate(SAME_SIGNS).split())[:200]
