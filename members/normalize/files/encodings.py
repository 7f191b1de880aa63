"""An uploaded file becomes UTF-8 text with line feeds, whatever wrote it; what cannot be read is refused at once."""

import codecs
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

CHUNK = 1 << 20  # bytes
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
ENCODING_NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (BOM)",
    "utf-16": "UTF-16",
    "cp932": "Shift_JIS（cp932）",
    "euc_jp": "EUC-JP",
}


def detect_encoding(file: BinaryIO) -> str:
    """Return the first encoding in which the whole file can be read.

    A guess from a sample could fail at row 900,000. Raises ValidationError for a file with NUL or in no encoding we
    know.
    """
    file.seek(0)
    head = file.read(4)
    candidates = next(
        ([name] for bom, name in BOMS.items() if head.startswith(bom)),
        ["utf-8", "cp932", "euc_jp"],
    )
    if candidates != ["utf-16"] and any(b"\0" in chunk for chunk in _read_chunks(file)):
        raise ValidationError(
            _(
                "ファイルにNUL文字（表示されない文字）が含まれているため、読み取れません。CSVで保存し直してください。画像やExcel以外の形式でないかも確かめてください。"
            ),
            code="nul",
        )
    found = []
    for name in candidates:
        if is_readable(file, name):
            found.append(name)
            if name != "cp932":
                break
    if found[:2] == ["cp932", "euc_jp"] and _holds_kanji_of_euc(file):
        return "euc_jp"
    if found:
        return found[0]
    raise ValidationError(
        _(
            "ファイルの文字コードを読み取れません。「CSV UTF-8」またはShift_JISのCSVで保存し直してください。"
        ),
        code="encoding",
    )


def _holds_kanji_of_euc(file: BinaryIO) -> bool:
    """Return whether a file that both encodings can read is in EUC-JP.

    Hardly any Japanese text in Shift_JIS can be read as EUC-JP, but one of half-width katakana alone.
    """
    others = (sign for text in _decode_texts(file, "cp932") for sign in text)
    return any(not sign.isascii() and not "｡" <= sign <= "ﾟ" for sign in others)


def _read_chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk


def _decode_texts(file: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    for chunk in _read_chunks(file):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", True)


def is_readable(file: BinaryIO, encoding: str) -> bool:
    try:
        for _text in _decode_texts(file, encoding):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _has_old_mac_line_ends(file: BinaryIO) -> bool:
    """Return whether the lines end as on old Macs, in CR alone; an editor may have put one LF at the end."""
    has_return = feeds = 0
    last = b""
    for chunk in _read_chunks(file):
        has_return |= b"\r" in chunk.rstrip(b"\r\n")
        feeds += chunk.count(b"\n")
        last = (last + chunk)[-2:]
    if last.endswith(b"\0"):  # UTF-16, whose line feed is two bytes
        return bool(has_return) and feeds == 0
    return bool(has_return) and feeds <= last.endswith(b"\n")


def is_plain_utf8(file: BinaryIO, encoding: str) -> bool:
    """Return whether the rows can be read from the file as it is."""
    return encoding in ("utf-8", "utf-8-sig") and not _has_old_mac_line_ends(file)


def convert_to_utf8(file: BinaryIO, encoding: str) -> IO[bytes]:
    """Return a temporary file with the text in UTF-8; the lines of old Macs end in line feeds there."""
    old_mac = _has_old_mac_line_ends(file)
    written = TemporaryFile()  # noqa: SIM115  (the caller closes it)
    for text in _decode_texts(file, encoding):
        written.write(
            (text.replace("\r", "\n") if old_mac else text).replace("\0", "").encode()
        )
    written.seek(0)
    return written
