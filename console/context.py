"""What every template knows: theme and language, and in a shop its menu."""

from dataclasses import dataclass
from functools import partial

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from console.extension import extensions
from console.menu import build_menu
from console.preferences import Preferences


@dataclass(frozen=True)
class SearchBox:
    """The search of the header. Names and phone numbers are posted, never put into a URL."""

    url: str


def build_shell_context(request: HttpRequest) -> dict[str, object]:
    look = SimpleLazyObject(lambda: Preferences.of(request))
    if not getattr(request, "seat", None):
        return {"look": look, "menu": [], "search_box": None}
    values: dict[str, object] = {"look": look, "search_box": find_search_box()}
    values["menu"] = SimpleLazyObject(lambda: build_menu(request))  # type: ignore[arg-type]
    for extension in extensions.values():
        for name, read in extension.header.items():
            values[name] = SimpleLazyObject(partial(read, request))
    return values


def find_search_box() -> SearchBox | None:
    """Return the search of the header, where an app gives one."""
    names = [extension.search for extension in extensions.values() if extension.search]
    return SearchBox(reverse(names[0])) if names else None
