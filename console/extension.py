"""What apps above add to the frame of every page. Each hands in one instance, in its ``AppConfig.ready()``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True)
class ConsoleExtension:
    """What one app adds."""

    app: str
    # The URL name to which the search of the header is posted.
    search: str = ""
    # Name in the templates → what it shows in a shop's header, read when a page first asks for it.
    header: Mapping[str, Callable[[HttpRequest], Any]] = field(default_factory=dict)


extensions: dict[str, ConsoleExtension] = {}


def extend_console(extension: ConsoleExtension) -> None:
    """Take in what an app adds; the same app again replaces it."""
    extensions[extension.app] = extension
