"""The words that Excel shows, and writes to CSV, where a formula failed. None of them is ever a value."""

import unicodedata

# Our own word for a formula whose value was never stored.
UNSAVED = "#数式の値なし"
ERROR_WORDS = frozenset(
    [
        "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!",
        "#CONNECT!", "#UNKNOWN!", "#GETTING_DATA", UNSAVED,
    ]
)  # fmt: skip


def is_error_word(text: str) -> bool:
    """Return whether the text is such a word, in any width and case."""
    text = text.strip()
    if text[:1] not in ("#", "＃") or len(text) > 20:
        return False
    return unicodedata.normalize("NFKC", text).upper() in ERROR_WORDS
