"""What every template knows: how the page looks, and in a shop its menu."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from console.menu import menu_for
from console.preferences import Preferences
from jobs.texts import count_of_mine


@dataclass(frozen=True)
class SearchBox:
    """The search of the header. Names and phone numbers are posted, never put into a URL."""

    url: str


def shell(request: HttpRequest) -> dict[str, object]:
    in_shop = bool(getattr(request, "seat", None))
    return {
        "look": SimpleLazyObject(lambda: Preferences.of(request)),
        "menu": SimpleLazyObject(lambda: menu_for(request)) if in_shop else [],  # type: ignore[arg-type]
        "my_jobs": SimpleLazyObject(lambda: count_of_mine(request))
        if in_shop
        else None,
        "search_box": search_box() if in_shop else None,
    }


def search_box() -> SearchBox | None:
    for name in ("members:search", "members:list"):
        try:
            return SearchBox(reverse(name))
        except NoReverseMatch:
            continue
    return None
