"""A full disk, ours or the database's, told apart from other errors: an operator can do something about it."""

import errno
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage
from psycopg.errors import DiskFull

FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_disk_full(error: BaseException) -> bool:
    """Return whether the error means that a disk is full; Django's errors carry the database's as their cause."""
    return (
        isinstance(error, DiskFull)
        or isinstance(error.__cause__, DiskFull)
        or getattr(error, "errno", 0) in FULL_ERRNOS
    )


def store_whole_file(path: str, file: IO[bytes]) -> str:
    """Store the whole file or nothing, and return its path in the storage."""
    file.seek(0)
    try:
        return default_storage.save(path, File(file))
    except BaseException:
        default_storage.delete(path)
        raise
