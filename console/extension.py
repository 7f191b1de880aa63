"""What apps above add to the frame of every page. Each hands in one instance, in its ``AppConfig.ready()``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise

from operators.rights import ShopRequest


@dataclass(frozen=True)
class FoundPage:
    """A page of the console that the header search found; ``section``: where the menu has it."""

    label: str | Promise
    url: str
    section: str | Promise


@dataclass(frozen=True)
class ConsoleExtension:
    """What one app adds."""

    app: str
    # The URL name to which the search of the header is posted.
    search: str = ""
    # Finds pages of the console by their words, for the header search: request, text → those the seat may open.
    find_pages: Callable[[ShopRequest, str], list[FoundPage]] | None = None
    # Name in the templates → what the frame of a shop's page shows, read when a page first asks for it.
    header: Mapping[str, Callable[[HttpRequest], Any]] = field(default_factory=dict)


extensions: dict[str, ConsoleExtension] = {}


def extend_console(extension: ConsoleExtension) -> None:
    """Take in what an app adds; the same app again replaces it."""
    extensions[extension.app] = extension


def find_found_pages(request: ShopRequest, text: str) -> list[FoundPage]:
    """Return the pages of the console that what was typed into the header search names."""
    finders = [each.find_pages for each in extensions.values() if each.find_pages]
    return [page for find in finders if text for page in find(request, text)]
