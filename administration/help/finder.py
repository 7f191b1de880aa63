"""The header search among settings and help: words only, nothing is asked of the database."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from administration.help.guide import Text
from administration.help.guides import GUIDES
from administration.help.places import list_places, load_rights
from console.extension import FoundPage
from operators.rights import ShopRequest
from operators.roles import VIEW

MOST, SHORTEST, LONGEST = 6, 2, 60
HELP = _("ヘルプ")


@dataclass(frozen=True)
class Entry:
    """What can be found: folded texts, and where they lead. ``labels``: in each language."""

    label: Text
    section: Text
    page: str
    args: tuple[str, ...]
    labels: tuple[str, ...]
    words: str


def fold_words(text: str) -> str:
    """Return the text in one width and one case (NFKC, case folded), its blanks as one."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def write_both(text: Text) -> tuple[str, ...]:
    """Return a text, folded, in Japanese and in English."""
    written = []
    for language in ("ja", "en"):
        with translation.override(language):
            written.append(fold_words(str(text)))
    return tuple(written)


@lru_cache(maxsize=1)
def list_entries() -> list[Entry]:
    """Return everything that can be found: the pages first, then the help."""
    places = [
        Entry(
            place.label,
            place.section,
            place.page,
            (),
            write_both(place.label),
            "、".join((*write_both(place.section), fold_words(place.words))),
        )
        for place in list_places()
    ]
    guides = [
        Entry(
            guide.title,
            HELP,
            "administration:help_page",
            (guide.slug,),
            write_both(guide.title),
            "、".join((*write_both(HELP), *write_both(guide.purpose))),
        )
        for guide in GUIDES.values()
    ]
    return places + guides


def has_part(part: str, text: str) -> bool:
    """Say whether a text has a word; one in Latin letters or digits counts from the beginning of a word alone."""
    if not part.isascii():
        return part in text
    return bool(re.search(rf"(?<![a-z0-9]){re.escape(part)}", text))


def rank_entry(entry: Entry, asked: str) -> int | None:
    """Return how near an entry comes to what was typed, 0 the nearest; None: not at all."""
    if asked in entry.labels:
        return 0
    if any(label.startswith(asked) for label in entry.labels):
        return 1
    parts = asked.split()
    if any(all(has_part(part, label) for part in parts) for label in entry.labels):
        return 2
    text = "、".join((*entry.labels, entry.words))
    if asked in text.split("、"):
        return 3
    return 4 if all(has_part(part, text) for part in parts) else None


def find_pages(request: ShopRequest, text: str) -> list[FoundPage]:
    """Return at most six pages that the seat may open and that are called so, the nearest first, each once."""
    asked = fold_words(text)
    if not SHORTEST <= len(asked) <= LONGEST:
        return []
    rights, found = load_rights(), dict[str, FoundPage]()
    ranked = [(rank_entry(entry, asked), entry) for entry in list_entries()]
    near = [(rank, entry) for rank, entry in ranked if rank is not None]
    for _rank, entry in sorted(near, key=lambda pair: pair[0]):
        if request.seat.can(rights.get(entry.page, VIEW)):
            url = reverse(entry.page, args=entry.args)
            found.setdefault(url, FoundPage(entry.label, url, entry.section))
    return list(found.values())[:MOST]
