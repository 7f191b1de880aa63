"""Files that wait are unreadable on the disk, read from any place, and no piece of them can be changed."""

import io
import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.files.base import ContentFile, File
from hypothesis import given
from hypothesis import strategies as st

from jobs.files.sealed import (
    PIECE,
    SEALED_PIECE,
    SealedReader,
    SealedStorage,
    SealingFile,
    Unreadable,
)

SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5]


def content(size: int) -> bytes:
    return bytes(n * 7 % 251 for n in range(size))


def sealed(plain: bytes) -> bytes:
    return b"".join(SealingFile(ContentFile(plain)).chunks())


def read(data: bytes) -> bytes:
    return io.BufferedReader(SealedReader(io.BytesIO(data))).read()


@pytest.mark.parametrize("size", SIZES)
def test_what_was_stored_is_read(tmp_path: Path, size: int) -> None:
    storage = SealedStorage(
        location=tmp_path, file_permissions_mode=0o600, directory_permissions_mode=0o700
    )
    plain = content(size)
    storage.save("a/b.csv", File(io.BytesIO(plain)))
    with storage.open("a/b.csv") as file:
        assert file.read() == plain
    assert storage.size("a/b.csv") == size
    assert (tmp_path / "a/b.csv").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
    assert size < 40 or plain[:40] not in (tmp_path / "a/b.csv").read_bytes()


def test_the_same_content_never_looks_the_same() -> None:
    assert len({sealed(b"x") for _ in range(5)}) == 5


PLAIN = content(3 * PIECE + 5)
SEALED = sealed(PLAIN)


@given(st.integers(0, len(PLAIN) + 9), st.integers(0, 2 * PIECE))
def test_it_is_read_from_any_place(start: int, size: int) -> None:
    file = io.BufferedReader(SealedReader(io.BytesIO(SEALED)))
    file.seek(start)
    assert file.read(size) == PLAIN[start : start + size]
    assert file.seek(-5, os.SEEK_END) == len(PLAIN) - 5
    assert file.read() == PLAIN[-5:]


def test_every_change_is_noticed() -> None:
    start = len(SEALED) - (len(PLAIN) + 4 * 16)
    pieces = [SEALED[start + n * SEALED_PIECE :][:SEALED_PIECE] for n in range(4)]
    head = SEALED[:start]
    for wrong in (
        head + b"".join(pieces[:3]),  # cut off between two pieces
        head + b"".join([pieces[1], pieces[0], *pieces[2:]]),  # moved
        head + b"".join(pieces[1:]),  # left out
        SEALED[:-1],
        SEALED[:-1] + bytes([SEALED[-1] ^ 1]),
        SEALED[: start + 5] + bytes([SEALED[start + 5] ^ 1]) + SEALED[start + 6 :],
        head,
        PLAIN,
        b"",
    ):
        with pytest.raises(Unreadable):
            read(wrong)


def test_a_key_may_be_rotated_and_a_lost_one_is_told(settings: Any) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    settings.FIELD_KEYS = [old]
    data = sealed(b"customers")
    settings.FIELD_KEYS = [new, old]
    assert read(data) == b"customers"
    settings.FIELD_KEYS = [new]
    with pytest.raises(Unreadable):
        read(data)
