"""Starting the embedded engines for a process that needs them."""

import os

from django.conf import settings


def hold_engines() -> None:
    """Start the engines and hold them while this process runs.

    Do nothing where both URLs are given, or where the process that started us holds the engines already.
    """
    given = os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")
    if not given and not os.environ.get("ENGINES_HELD"):
        settings.ENGINES.hold()
