"""The zip that is stored, encrypted with AES-256: it is written beside the storage first, then put into it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import pyzipper
from django.utils.translation import gettext as _
from psycopg.errors import DiskFull

from jobs.disk_full import is_disk_full, store_whole_file
from jobs.runner import JobFailed


@contextmanager
def open_encrypted_zip(
    file: IO[bytes], entry: str, password: str, compress: bool
) -> Iterator[IO[bytes]]:
    """Yield the stream for the content of the only file in the zip.

    ``compress``: False for content that is compressed already.
    """
    kind = pyzipper.ZIP_DEFLATED if compress else pyzipper.ZIP_STORED
    with pyzipper.AESZipFile(
        file, "w", compression=kind, compresslevel=1, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(password.encode())
        with archive.open(entry, "w", force_zip64=True) as out:
            yield out


def store_zip(path: str, file: IO[bytes]) -> int:
    """Store the whole file or nothing, and return its size in bytes."""
    size = file.seek(0, 2)
    store_whole_file(path, file)
    return size


@contextmanager
def fail_job_on_full_disk() -> Iterator[None]:
    """Raise JobFailed with the remedy where the block fails because a disk is full, ours or the database's."""
    try:
        yield
    except (OSError, DiskFull) as error:
        if not is_disk_full(error):
            raise
        raise JobFailed(
            _(
                "保存する場所がいっぱいで、ファイルを作成できませんでした。作りかけのファイルは削除しました。"
                "システム管理者に空き容量の確保を依頼してから、もう一度書き出してください。"
            )
        ) from error
