"""The storage of files that wait for somebody, such as uploads: what lies on the disk is encrypted.

Each file has a key of its own, which stands before its content under the newest of FIELD_KEYS. The content is
encrypted in pieces (AES-GCM), so that a file of any length is read from any place in little memory; a piece says which
one it is and whether it is the last, so none can be moved, left out or cut off.
"""

import io
import os
import secrets
from collections.abc import Iterator
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from tenants.secrets import get_cipher

MARK = b"TSN1"
PIECE, TAG = 64 * 1024, 16
SEALED_PIECE = PIECE + TAG
LAST, NOT_LAST = b"last", b""


class Unreadable(OSError):
    """The file was changed, or was written under a key that is no longer among FIELD_KEYS."""


class SealedStorage(FileSystemStorage):
    def _save(self, name: str, content: Any) -> str:
        saved: str = super()._save(name, SealingFile(content))  # type: ignore[misc]
        return saved

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise ValueError("A sealed file is only read.")
        raw = SealedReader(open(self.path(name), "rb"))  # noqa: SIM115, PTH123  (closed with the reader)
        return File(io.BufferedReader(raw, SEALED_PIECE), name)

    def size(self, name: str) -> int:
        with self.open(name) as file:
            return file.seek(0, os.SEEK_END)


class SealingFile(File):
    """A file whose chunks come out encrypted."""

    def __init__(self, content: Any) -> None:
        super().__init__(content, getattr(content, "name", None))

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        key = secrets.token_bytes(32)
        wrapped = get_cipher().encrypt(key)
        yield MARK + len(wrapped).to_bytes(2) + wrapped
        seal, number = AESGCM(key), 0
        file = self.file
        assert file is not None
        file.seek(0)
        piece = file.read(PIECE)
        while True:
            following = file.read(PIECE) if len(piece) == PIECE else b""
            yield seal.encrypt(
                number.to_bytes(12), piece, NOT_LAST if following else LAST
            )
            if not following:
                return
            piece, number = following, number + 1


class SealedReader(io.RawIOBase):
    """The plain content, from any place. Raises Unreadable."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        try:
            if file.read(len(MARK)) != MARK:
                raise Unreadable("not a sealed file")
            wrapped = file.read(int.from_bytes(file.read(2)))
            self._seal = AESGCM(get_cipher().decrypt(wrapped))
        except (InvalidToken, ValueError) as error:
            file.close()
            raise Unreadable("sealed under another key") from error
        except Unreadable:
            file.close()
            raise
        self._start = file.tell()
        sealed = file.seek(0, os.SEEK_END) - self._start
        self._pieces = max(-(-sealed // SEALED_PIECE), 1)
        self._size = max(sealed - TAG * self._pieces, 0)
        self._at, self._piece = 0, (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}
        self._at = max(base[whence] + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._size and self._piece[0] == self._pieces - 1:
            return 0
        number, skipped = divmod(min(self._at, self._size), PIECE)
        part = self._decrypt(min(number, self._pieces - 1))[skipped:][: len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _decrypt(self, number: int) -> bytes:
        if self._piece[0] != number:
            self._file.seek(self._start + number * SEALED_PIECE)
            given = self._file.read(SEALED_PIECE)
            says = LAST if number == self._pieces - 1 else NOT_LAST
            try:
                plain = self._seal.decrypt(number.to_bytes(12), given, says)
            except (InvalidTag, ValueError) as error:
                raise Unreadable("changed or cut off") from error
            self._piece = number, plain
        return self._piece[1]

    def close(self) -> None:
        self._file.close()
        super().close()
