"""What an answer must look like before anything in it is read; else it comes from something that is no cart."""

from typing import Any

from cartsync.connectors.ecforce_cells import clean_text
from outbound.errors import TryLater


def check_rows(found: Any) -> list[dict[str, Any]]:
    """Return the rows. Raise TryLater when they are no list of objects."""
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise TryLater("unreadable")
    return found


def read_object(own: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a part of a row; empty where the cart has none. Raise TryLater for what is no object."""
    found = own.get(name)
    if found is not None and not isinstance(found, dict):
        raise TryLater("unreadable")
    return found or {}


def read_id(given: object) -> str:
    """Return the id of a row. Raise TryLater where there is none."""
    if not (found := clean_text(given, 60)):
        raise TryLater("unreadable")
    return found
