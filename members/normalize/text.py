"""Text as it is stored and as it is compared: width, invisible characters, signs that look the same."""

import unicodedata

INVISIBLE = dict.fromkeys(
    [
        0xAD,
        0x180E,
        0xFEFF,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
    ]
)


SELECTORS = dict.fromkeys(
    [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x180B, 0x180E)]
)


# What joins emoji and letters; every other invisible character may go.
JOINERS = (0x200C, 0x200D)


UNSEEN = {code: None for code in INVISIBLE if code not in JOINERS}


# Signs that one key stands for: Shift_JIS has one of each pair, and programs disagree about which one it is.
SAME_SIGNS = str.maketrans("〜−‖—", "~-∥―")


def clean_typed_text(text: str) -> str:
    """Return the text as it was typed, without what nobody sees and without blanks at its ends.

    This is the form in which notes are stored: ² ½ ① 👨‍👩‍👧 and rare kanji stay. Keys alone are normalized.
    """
    return (
        (text if text.isascii() else text.translate(UNSEEN)).replace("\0", "").strip()
    )


def normalize_text(text: str) -> str:
    """Return the text in one width, without invisible characters and without blanks at its ends.

    This is the form in which text is compared, and in which contacts are stored.
    """
    text = (
        text
        if text.isascii()
        else unicodedata.normalize("NFKC", text).translate(INVISIBLE)
    )
    return text.replace("\0", "").strip()
