"""A cell that a spreadsheet would take for a formula gets one apostrophe in front: ``=1+1`` → ``'=1+1``.

Excel and IMEs read full-width signs like the plain ones, and skip blanks in front of them. The rule stands here once
for Python and once for PostgreSQL, made of the same characters.
"""

# Characters that only choose the shape of another one. Shift_JIS has none of them, so a file in it is written without
# them (writers.py), and the character behind them would come first in the cell.
SHAPES = "".join(
    map(chr, [*range(0x200B, 0x200E), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
)
# − becomes － in Shift_JIS.
DANGEROUS = "=+-@|%\t\r\n＝＋－＠−"
# What a reader does not see, by first and last code point: controls, blanks, marks that direct, join, fill or format.
# What is dangerous itself is taken out below.
UNSEEN = (
    (0x01, 0x20), (0x7F, 0xA0), (0xAD, 0xAD), (0x034F, 0x034F), (0x0600, 0x0605), (0x061C, 0x061C), (0x06DD, 0x06DD),
    (0x070F, 0x070F), (0x0890, 0x0891), (0x08E2, 0x08E2), (0x115F, 0x1160), (0x1680, 0x1680), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x206F), (0x2800, 0x2800), (0x3000, 0x3000),
    (0x3164, 0x3164), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x110BD, 0x110BD), (0x110CD, 0x110CD),
    (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
BLANKS = SHAPES + "".join(
    sign
    for first, last in UNSEEN
    for sign in map(chr, range(first, last + 1))
    if sign not in DANGEROUS + SHAPES
)
# Nearly every cell begins with one of these: digits, letters, kana and kanji, each from a code point to the one behind
# the last. To look at that alone costs a tenth of going through all the blanks.
HARMLESS = [0x30, 0x3A, 0x41, 0x7B, 0x3041, 0x3164, 0x3165, 0xFE00, 0xFF66, 0xFFA0]
# NUL cannot be stored in PostgreSQL; a cell made in Python may hold it.
SAFE_SQL = """CASE WHEN width_bucket(ascii({0}), %s::int[]) %% 2 = 1 THEN {0}
WHEN left(ltrim({0}, %s), 1) = ANY(%s) THEN '''' || {0} ELSE {0} END"""
SAFE_PARAMS = [HARMLESS, BLANKS, list(DANGEROUS)]


def escape_formula(text: str) -> str:
    """Return the text as a cell of a CSV file, with an apostrophe in front where it could be a formula."""
    return f"'{text}" if text.lstrip(BLANKS)[:1] in (*DANGEROUS, "\0") else text
