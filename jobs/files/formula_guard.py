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
# The blanks of Unicode, without those that are dangerous themselves.
BLANKS = (
    " \v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"
    + "".join(map(chr, range(0x2000, 0x200B)))
)
BLANKS += SHAPES
# Nearly every cell begins with one of these: digits, letters, kana and kanji, each from a code point to the one behind
# the last. To look at that alone costs a tenth of going through all the blanks.
HARMLESS = [0x30, 0x3A, 0x41, 0x7B, 0x3041, 0xFE00, 0xFF66, 0xFFA0]
# NUL cannot be stored in PostgreSQL; a cell made in Python may hold it.
SAFE_SQL = """CASE WHEN width_bucket(ascii({0}), %s::int[]) %% 2 = 1 THEN {0}
WHEN left(ltrim({0}, %s), 1) = ANY(%s) THEN '''' || {0} ELSE {0} END"""
SAFE_PARAMS = [HARMLESS, BLANKS, list(DANGEROUS)]


def escape_formula(text: str) -> str:
    """Return the text as a cell of a CSV file, with an apostrophe in front where it could be a formula."""
    return f"'{text}" if text.lstrip(BLANKS)[:1] in (*DANGEROUS, "\0") else text
