"""A full disk during an import: the operator reads cause and remedy instead of a server error."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.utils import OperationalError
from django.utils.translation import gettext as _

from jobs.disk_full import is_full
from jobs.runner import JobFailed
from members.normalize.workbooks import no_room


@contextmanager
def room_needed() -> Iterator[None]:
    """Raise ValidationError where the block fails because the disk is full."""
    try:
        yield
    except (OSError, OperationalError) as error:
        if not is_full(error):
            raise
        raise no_room() from error


@contextmanager
def room_for_job() -> Iterator[None]:
    """Raise JobFailed where the block fails because the disk is full.

    What the steps before did stays, and the job may go on once there is room.
    """
    try:
        yield
    except (OSError, OperationalError) as error:
        if not is_full(error):
            raise
        raise JobFailed(
            _(
                "保存する場所がいっぱいで、途中で止まりました。システム管理者に空き容量の確保を依頼してから、もう一度実行してください。"
            )
        ) from error
