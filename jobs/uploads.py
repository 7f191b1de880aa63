"""Uploads that cannot be stored: longer than allowed by the request's own header, or no room on the disk.

The rest of the request is read as usual, so that the form says what is wrong instead of a broken connection.
"""

from contextlib import suppress
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import (
    FileUploadHandler,
    StopFutureHandlers,
    TemporaryFileUploadHandler,
)

from jobs.disk_full import is_disk_full

# Above what any form takes, each of which has its own limit.
MOST_BYTES = 320 * 1024 * 1024


class LostUpload(UploadedFile):
    """The name and size of a file whose content was not stored. ``room``: because the disk is full."""

    def __init__(self, name: str, size: int, room: bool = False) -> None:
        super().__init__(file=BytesIO(), name=name, size=size)
        self.room = room


class RequestSizeHandler(FileUploadHandler):
    """The first of the handlers: nothing of a request that is too long is written anywhere."""

    too_long = False

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        self.too_long = content_length > MOST_BYTES

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.too_long:
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return None if self.too_long else raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return LostUpload(self.file_name or "", file_size) if self.too_long else None


class DiskUploadHandler(TemporaryFileUploadHandler):
    """Django's handler, except that a full disk gives a file without content instead of a server error."""

    full = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.full = False
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        try:
            if not self.full:
                super().receive_data_chunk(raw_data, start)
        except OSError as error:
            if not is_disk_full(error):
                raise
            self.full = True
            self.give_up()
        return None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        if not self.full:
            try:
                self.file.flush()
                return super().file_complete(file_size)
            except OSError as error:
                if not is_disk_full(error):
                    raise
                self.give_up()
        return LostUpload(self.file_name or "", file_size, room=True)

    def give_up(self) -> None:
        """Free the room for others at once; what is still in the buffer cannot be written and is dropped."""
        with suppress(OSError):
            self.file.close()
