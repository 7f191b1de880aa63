"""A public function at the top of a module is verb + noun, and its name is its own within the app.

Views (first parameter ``request``, in a module or folder called views…), ``register``, ``ready`` and ``main`` are free.
A verb that is missing is added to scripts/style/verbs.py. `python -m scripts.measure_style --list` names every function
that these tests count.
"""

from collections import Counter
from collections.abc import Iterable

from scripts.style.source import read_modules
from scripts.style.verbs import PREDICATES, VERBS
from scripts.style.words import (
    PublicFunction,
    find_functions_without_verb,
    find_one_word_functions,
    find_shared_names,
)

# How many are older than this rule, by app; an app that is not named here has none. These figures only go down,
# and whoever renames some of the functions lowers them; where code moves to another app, its figure moves along.
MOST_ONE_WORD = {
    "cartsync": 73,
    "config": 15,
    "console": 51,
    "forms_builder": 36,
    "members": 307,
    "messaging": 44,
    "sandbox": 109,
    "tenants": 20,
}
MOST_WITHOUT_VERB = {
    "cartsync": 36,
    "config": 2,
    "console": 21,
    "forms_builder": 19,
    "members": 225,
    "messaging": 36,
    "sandbox": 29,
    "tenants": 15,
}
MOST_SHARED = {
    "cartsync": 10,
    "console": 5,
    "forms_builder": 3,
    "members": 59,
    "messaging": 4,
    "sandbox": 10,
}
MODULES = read_modules()


def find_excess(
    functions: Iterable[PublicFunction], most: dict[str, int]
) -> dict[str, str]:
    """Return "found, allowed" of each app that has more than it may."""
    counts = Counter(function.module.app for function in functions)
    return {
        app: f"{count}, {most.get(app, 0)}"
        for app, count in counts.items()
        if count > most.get(app, 0)
    }


def test_a_public_function_has_more_than_one_word() -> None:
    assert find_excess(find_one_word_functions(MODULES), MOST_ONE_WORD) == {}


def test_a_public_function_begins_with_a_verb() -> None:
    assert find_excess(find_functions_without_verb(MODULES), MOST_WITHOUT_VERB) == {}


def test_no_two_modules_of_an_app_share_a_name() -> None:
    shared = [functions[0] for functions in find_shared_names(MODULES).values()]
    assert find_excess(shared, MOST_SHARED) == {}


def test_verbs_are_bare_words_and_no_predicates() -> None:
    assert [word for word in VERBS if not (word.isalpha() and word.islower())] == []
    assert sorted(VERBS & PREDICATES) == []
