"""A disk that is full, ours or the database's: told apart from what an operator can do nothing about."""

import errno
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage
from psycopg.errors import DiskFull

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_full(error: BaseException) -> bool:
    """Whether there was no room; Django's errors carry the database's as their cause."""
    return (
        isinstance(error, DiskFull)
        or isinstance(error.__cause__, DiskFull)
        or getattr(error, "errno", 0) in FULL
    )


def keep_whole(path: str, file: IO[bytes]) -> str:
    """Put the file into the storage, all of it or nothing. Returns where it is."""
    file.seek(0)
    try:
        return default_storage.save(path, File(file))
    except BaseException:
        default_storage.delete(path)
        raise
