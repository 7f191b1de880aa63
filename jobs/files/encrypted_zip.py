"""The file that is kept: a zip encrypted with AES-256, first beside the storage, then in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import pyzipper
from django.utils.translation import gettext as _
from psycopg.errors import DiskFull

from jobs.disk_full import is_full, keep_whole
from jobs.runner import JobFailed


@contextmanager
def packed(
    file: IO[bytes], entry: str, password: str, compress: bool
) -> Iterator[IO[bytes]]:
    """Where the bytes of the one file inside go. ``compress``: not for what is compressed already."""
    kind = pyzipper.ZIP_DEFLATED if compress else pyzipper.ZIP_STORED
    with pyzipper.AESZipFile(
        file, "w", compression=kind, compresslevel=1, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(password.encode())
        with archive.open(entry, "w", force_zip64=True) as out:
            yield out


def keep(path: str, file: IO[bytes]) -> int:
    """Put the file into the storage, all of it or nothing. Returns its size in bytes."""
    size = file.seek(0, 2)
    keep_whole(path, file)
    return size


@contextmanager
def room_needed() -> Iterator[None]:
    """A disk that is full, ours or the database's, is something an operator can do something about."""
    try:
        yield
    except (OSError, DiskFull) as error:
        if not is_full(error):
            raise
        raise JobFailed(
            _(
                "保存する場所がいっぱいで、ファイルを作成できませんでした。作りかけのファイルは削除しました。"
                "システム管理者に空き容量の確保を依頼してから、もう一度書き出してください。"
            )
        ) from error
