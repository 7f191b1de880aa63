"""Apps above, played by tests: what they hand in stands for the time of one test."""

from typing import Any

import pytest


def hand_in(
    monkeypatch: pytest.MonkeyPatch, extensions: dict[str, Any], given: Any
) -> None:
    """Let an app add this; a name that is there already is replaced."""
    monkeypatch.setitem(extensions, given.app, given)


def hand_in_only(
    monkeypatch: pytest.MonkeyPatch, extensions: dict[str, Any], *given: Any
) -> None:
    """Let these be all that there are."""
    # The last first: they come back in the opposite order, which is then the old one.
    for app in reversed(list(extensions)):
        monkeypatch.delitem(extensions, app)
    for each in given:
        monkeypatch.setitem(extensions, each.app, each)
