"""A full disk during an import: the operator reads cause and remedy instead of a server error."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.utils import OperationalError
from django.utils.translation import gettext as _

from jobs.disk_full import is_disk_full
from jobs.runner import JobFailed
from members.normalize.files.workbooks import build_full_disk_error


@contextmanager
def refuse_on_full_disk() -> Iterator[None]:
    """Raise ValidationError where the block fails because the disk is full."""
    try:
        yield
    except (OSError, OperationalError) as error:
        if not is_disk_full(error):
            raise
        raise build_full_disk_error() from error


@contextmanager
def fail_job_on_full_disk() -> Iterator[None]:
    """Raise JobFailed where the block fails because the disk is full.

    What the steps before did stays, and the job may go on once there is room.
    """
    try:
        yield
    except (OSError, OperationalError) as error:
        if not is_disk_full(error):
            raise
        raise JobFailed(
            _(
                "保存する場所がいっぱいで、途中で止まりました。システム管理者に空き容量の確保を依頼してから、もう一度実行してください。"
            )
        ) from error
