"""Plug-ins of one shape: a dict KIND -> "dotted.path.Class" beside the code that ships them."""

from collections.abc import Mapping
from typing import Any

from django.utils.module_loading import import_string


def load_kind(kinds: Mapping[str, str], kind: str) -> Any:
    """Return the class that ``kinds`` names for this kind. Raises KeyError for a kind that is not there."""
    return import_string(kinds[kind])
