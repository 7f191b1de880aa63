"""Files of carts that nobody loads any more: a process was killed between storing one and its job, or after it."""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from cartsync.files.load import KIND, get_files_folder
from jobs.models import Job

# So long a file may lie there before its job begins.
ALLOWED = timedelta(days=1)


def delete_left_files() -> int:
    """Delete the shop's stored files that no job still has to load; return how many."""
    folder = get_files_folder()
    try:
        _folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return 0
    waiting = Job.objects.filter(kind=KIND).exclude(state__in=Job.ENDED)
    wanted = set(waiting.values_list("params__path", flat=True)) if names else set()
    oldest, deleted = timezone.now() - ALLOWED, 0
    for path in (f"{folder}/{name}" for name in names):
        if path not in wanted and default_storage.get_modified_time(path) < oldest:
            default_storage.delete(path)
            deleted += 1
    return deleted
