"""What every template knows: theme and language, and in a shop its menu."""

from dataclasses import dataclass
from functools import partial

from django.conf import settings
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
    values: dict[str, object] = {
        "look": SimpleLazyObject(lambda: Preferences.of(request)),
        "support_url": build_support_url(settings.SUPPORT_CONTACT),
    }
    if not getattr(request, "seat", None):
        return {**values, "menu": [], "search_box": None}
    values["search_box"] = find_search_box()
    values["menu"] = SimpleLazyObject(lambda: build_menu(request))  # type: ignore[arg-type]
    for extension in extensions.values():
        for name, read in extension.header.items():
            values[name] = SimpleLazyObject(partial(read, request))
    return values


def build_support_url(contact: str) -> str:
    """Return what a link to the support leads to: a mail to write, a page to open, or "" where there is none."""
    return f"mailto:{contact}" if "@" in contact and "://" not in contact else contact


def find_search_box() -> SearchBox | None:
    """Return the search of the header, where an app gives one."""
    names = [extension.search for extension in extensions.values() if extension.search]
    return SearchBox(reverse(names[0])) if names else None
