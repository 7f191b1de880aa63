"""What a spreadsheet would take for a formula gets one quote before it: ``=1+1`` → ``'=1+1``.

Excel and IMEs take the full-width signs for the plain ones, and blanks before them do not help. The rule stands here
once for Python and once for PostgreSQL, made of the same characters.
"""

# What only chooses a shape. Shift_JIS has none of it: a file in it (writing.py) is written without, so that what comes
# next would stand first in the cell.
SHAPES = "".join(
    map(chr, [*range(0x200B, 0x200E), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
)
# − becomes － in Shift_JIS. The blanks of Unicode, without those that are dangerous themselves.
DANGEROUS = "=+-@|%\t\r\n＝＋－＠−"
BLANKS = (
    " \v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"
    + "".join(map(chr, range(0x2000, 0x200B)))
)
BLANKS += SHAPES
# Where nearly every cell begins: digits, letters, kana and kanji, each from a code point to the one behind it. A look
# at that alone costs a tenth of going through all the blanks.
HARMLESS = [0x30, 0x3A, 0x41, 0x7B, 0x3041, 0xFE00, 0xFF66, 0xFFA0]
# NUL cannot be stored in PostgreSQL; a cell made in Python may hold it.
SAFE_SQL = """CASE WHEN width_bucket(ascii({0}), %s::int[]) %% 2 = 1 THEN {0}
WHEN left(ltrim({0}, %s), 1) = ANY(%s) THEN '''' || {0} ELSE {0} END"""
SAFE_PARAMS = [HARMLESS, BLANKS, list(DANGEROUS)]


def safe(text: str) -> str:
    """The cell as it is written to a CSV file: at most one quote more."""
    return f"'{text}" if text.lstrip(BLANKS)[:1] in (*DANGEROUS, "\0") else text
