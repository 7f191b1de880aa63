"""Japanese text in the bytes that malls and carts send, with the letters that only Microsoft's tables have (①㈱髙)."""

import base64
from functools import cache

# As which the mails are written → the words for it on the page.
CHARSETS = {
    "iso-2022-jp": "ISO-2022-JP（件名も）",
    "shift_jis": "Shift_JIS（quoted-printable）",
    "utf-8": "UTF-8（base64）",
    "html": "HTMLだけ（UTF-8）",
}


@cache
def list_jis_pairs() -> dict[str, bytes]:
    """Return the two bytes of each letter in ISO-2022-JP, as Outlook writes it: by way of cp932."""
    pairs: dict[str, bytes] = {}
    for row in range(0x21, 0x7F):
        for cell in range(0x21, 0x7F):
            first = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
            second = cell + (0x1F + cell // 96 if row % 2 else 0x7E)
            letter = bytes((first, second)).decode("cp932", "ignore")
            if len(letter) == 1:
                pairs.setdefault(letter, bytes((row, cell)))
    return pairs


def encode_jis(text: str) -> bytes:
    """Return the text in ISO-2022-JP; a letter that it has not becomes 〓."""
    pairs, out, wide = list_jis_pairs(), bytearray(), False
    for letter in text:
        narrow = letter.isascii()
        if narrow == wide:
            out += b"\x1b(B" if narrow else b"\x1b$B"
            wide = not narrow
        out += letter.encode() if narrow else pairs.get(letter, pairs["〓"])
    return bytes(out + b"\x1b(B" if wide else out)


def encode_text(text: str, charset: str) -> bytes:
    if charset == "iso-2022-jp":
        return encode_jis(text)
    return text.encode("cp932" if charset == "shift_jis" else "utf-8", "replace")


def encode_header(text: str, charset: str) -> str:
    """Return encoded words, folded: each holds a few whole letters."""
    if text.isascii():
        return text
    parts = [text[start : start + 12] for start in range(0, len(text), 12)]
    words = [base64.b64encode(encode_text(part, charset)).decode() for part in parts]
    return "\r\n ".join(f"=?{charset.upper()}?B?{word}?=" for word in words)
