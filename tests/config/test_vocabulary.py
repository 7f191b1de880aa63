"""Names of functions, classes, modules and templates have the words of docs/style.md, none of its left column."""

import re
from collections.abc import Iterator

from scripts.style.source import ROOT, Module, find_templates, read_modules, walk_names

# The words of the left column that are never right, and the whole names of classes that became others. ``lines``,
# ``words``, ``found``, ``join`` and ``news`` have a right meaning as well (lines of an order, a cart's words, SQL).
NO_LONGER = {
    *("told", "tell", "tells", "telling", "untold", "said", "saying", "wording"),
    *("keep", "keeps", "kept", "keeping", "judge", "judges", "judged", "judging"),
    *("verdict", "verdicts", "heed", "heeded", "anew", "meanwhile", "recall"),
    *("carriers", "carrying", "joining", "joined", "parted", "parting"),
    *("usual", "standing"),
}
CLASSES_OF_BEFORE = {"Started", "Reached", "Namers", "Given", "Seen", "Recall", "Place"}
ALLOWED = {
    "administration/help/places.py Place",  # where a search leads: a page or a part of one
    "jobs/files/sealed.py tell",  # what Python's files call it
    "tenants/pg/base.py tell",  # the door of a transaction's settings
    "forms_builder/questions/base.py kept",  # a value that was left as it is
    "forms_builder/questions/choices.py kept",
    "rpa/fields/action.py kept",  # 抑止: the word of the glossary
    "rpa/statistics/chart.py has_kept",
    "rpa/statistics/chart.py kept_points",
    "rpa/statistics/count.py kept_rate",
}
PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def split_name(name: str) -> list[str]:
    """Return the words of a name: count_rows_by_verdict, FirstSeen, member-list."""
    return [part.lower() for part in PARTS.findall(name)]


def walk_places(modules: list[Module]) -> Iterator[tuple[str, str]]:
    """Yield (where, name) of each module, function, method and class, and of each template."""
    for module in modules:
        yield str(module.path), module.path.stem
        for name in walk_names(module):
            yield f"{module.path} {name}", name
    for path in find_templates():
        yield str(path.relative_to(ROOT)), path.stem


def test_no_name_says_it_in_a_word_that_we_no_longer_use() -> None:
    found = {
        where
        for where, name in walk_places(read_modules())
        if NO_LONGER & set(split_name(name)) or name in CLASSES_OF_BEFORE
    }
    assert sorted(found - ALLOWED) == []
    assert sorted(ALLOWED - found) == [], "allowed, and there no more"
