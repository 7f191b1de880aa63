"""Japanese bytes to text, as mail programs really write them.

Python's iso2022_jp and euc_jp lose ①, ㈱ and 髙: those stand in rows that only Microsoft's code page has. So every pair
of JIS is turned into Shift_JIS and decoded by cp932, whichever way it came.
"""

import re
from functools import cache

ESCAPE = re.compile(rb"\x1b(\$@|\$B|\$\(D|\(B|\(J|\(I)")
PAIRS = re.compile(rb"[!-~]{2}|[^!-~]+|[!-~]", re.DOTALL)
# Letters of EUC: of three bytes, half-width ones, runs of pairs, runs of ASCII, and what is none.
EUC = re.compile(
    rb"(\x8f..)|\x8e(.)|((?:[\xa1-\xff][\xa1-\xff])+)|([\x00-\x7f]+)|.", re.DOTALL
)
SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))
CP932_NAMES = {
    "shift_jis",
    "shift-jis",
    "sjis",
    "x-sjis",
    "ms_kanji",
    "windows-31j",
    "cp932",
    "csshiftjis",
}
JIS_NAMES = {
    "iso-2022-jp", "iso-2022-jp-ms", "iso-2022-jp-1", "iso-2022-jp-2", "iso-2022-jp-3", "iso2022-jp", "cp50220",
    "cp50221", "csiso2022jp",
}  # fmt: skip
EUC_NAMES = {"euc-jp", "x-euc-jp", "euc_jp", "cp51932", "ujis", "eucjp-ms"}
# One letter, two code points, depending on the table that wrote it: anchors must fit all of them.
ALIKE = str.maketrans(
    {
        "〜": "～",
        "−": "－",
        "‖": "∥",
        "—": "―",
        "¢": "￠",
        "£": "￡",
        "¬": "￢",
        "\xa0": " ",
    }
)


def decode_text(data: bytes, charset: str | None) -> str:
    """Return the text of ``data``. A charset that is missing, unknown or wrong is guessed; nothing raises."""
    name = (charset or "").strip().strip("'\"").lower()
    text = choose_decoding(data, name).replace("\0", "").translate(ALIKE)
    # Some charsets, as "unicode_escape" and UTF-7, write halves of letters, which nothing can store.
    return text.encode("utf-8", "replace").decode()


def choose_decoding(data: bytes, name: str) -> str:
    if name in JIS_NAMES or b"\x1b$" in data:
        return decode_jis(data)
    if name in EUC_NAMES:
        return decode_euc(data)
    if name in CP932_NAMES:
        return data.decode("cp932", "replace")
    candidates = (
        [name] if name and name not in ("us-ascii", "ascii", "unknown-8bit") else []
    )
    for codec in [*candidates, "utf-8", "cp932"]:
        try:
            return data.decode(codec)
        except (LookupError, ValueError):
            continue
    return data.decode("utf-8", "replace")


def decode_jis(data: bytes) -> str:
    """Decode ISO-2022-JP with its extensions. A line ends every shift, as RFC 1468 has it."""
    parts, mode, at = [], b"(B", 0
    for line in data.splitlines(keepends=True):
        mode, at = b"(B", 0
        for escape in ESCAPE.finditer(line):
            parts.append(decode_run(line[at : escape.start()], mode))
            mode, at = escape[1], escape.end()
        parts.append(decode_run(line[at:], mode))
    return "".join(parts)


def decode_run(run: bytes, mode: bytes) -> str:
    """Decode what stands between two escapes."""
    if mode in (b"$@", b"$B"):
        return decode_pairs(run)
    if mode == b"$(D":
        wide = b"".join(
            b"\x8f" + bytes(b | 0x80 for b in run[i : i + 2])
            for i in range(0, len(run) - 1, 2)
        )
        return wide.decode("euc_jp", "replace")
    if mode == b"(I":
        return bytes(b | 0x80 for b in run).decode("cp932", "replace")
    return run.decode("ascii") if run.isascii() else run.decode("cp932", "replace")


def decode_pairs(run: bytes) -> str:
    """Decode pairs of JIS X 0208, each as the Shift_JIS that cp932 knows; what is no pair is left as it is."""
    table = build_pairs()
    return "".join(
        table.get(piece) or piece.decode("cp932", "replace")
        for piece in PAIRS.findall(run)
    )


@cache
def build_pairs() -> dict[bytes, str]:
    """Return the letter of each pair."""
    places = range(0x21, 0x7F)
    return {
        bytes((row, cell)): convert_pair(row, cell).decode("cp932", "replace")
        for row in places
        for cell in places
    }


def convert_pair(row: int, cell: int) -> bytes:
    """Return the Shift_JIS of a pair of JIS."""
    first = (row - 0x21) // 2 + 0x81
    first += 0x40 if first > 0x9F else 0
    second = cell + (0x1F if row % 2 else 0x7E)
    second += 1 if row % 2 and second >= 0x7F else 0
    return bytes((first, second))


def decode_euc(data: bytes) -> str:
    return "".join(map(decode_euc_piece, EUC.finditer(data)))


def decode_euc_piece(found: re.Match[bytes]) -> str:
    three, half, pairs, ascii_run = found.groups()
    if three:
        return three.decode("euc_jp", "replace")
    if half:
        return half.decode("cp932", "replace")
    if pairs:
        return decode_pairs(pairs.translate(SEVEN_BITS))
    return ascii_run.decode() if ascii_run else "\ufffd"
