"""What an answer must look like before anything in it is read; else it comes from something that is no cart."""

from typing import Any

from outbound.errors import TryLater


def check_rows(found: Any) -> list[dict[str, Any]]:
    """Return the rows. Raise TryLater when they are no list of objects."""
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise TryLater("unreadable")
    return found
