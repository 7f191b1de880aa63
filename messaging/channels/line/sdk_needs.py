"""What LINE's SDK takes from the package `future`, which brings modules of Python 2 along: one function.

So the package itself is in no image; scripts/pins.py takes its pin out.
"""

import sys
from types import ModuleType
from typing import Any


def build_with_metaclass(metaclass: type, *bases: type) -> type:
    """Return a base whose subclasses have the metaclass and these bases; it is none of their own bases."""

    class Deferred(type):
        def __new__(
            cls, name: str, _bases: Any, body: dict[str, Any]
        ) -> "type[Deferred]":
            return metaclass(name, bases, body)

    return type.__new__(Deferred, "Deferred", (), {})


def provide_sdk_needs() -> None:
    """Stand in for the package where it is not installed; harmless to repeat."""
    package, utils = ModuleType("future"), ModuleType("future.utils")
    utils.with_metaclass = build_with_metaclass  # type: ignore[attr-defined]
    package.utils = utils  # type: ignore[attr-defined]
    sys.modules.setdefault("future", package)
    sys.modules.setdefault("future.utils", utils)
