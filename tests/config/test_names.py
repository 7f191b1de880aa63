"""A public function at the top of a module is verb + noun, and its name is its own within the app.

Views (first parameter ``request``, in a module or folder called views…), ``register``, ``ready`` and ``main`` are free.
A verb that is missing is added to scripts/style/verbs.py. `python -m scripts.measure_style --list` names every function
that these tests count.
"""

from collections.abc import Iterable

from scripts.style.source import read_modules
from scripts.style.verbs import PREDICATES, VERBS
from scripts.style.words import (
    PublicFunction,
    find_functions_without_verb,
    find_one_word_functions,
    find_shared_names,
)

MODULES = read_modules()


def list_places(functions: Iterable[PublicFunction]) -> list[str]:
    """Return where each of these functions stands, with its name."""
    return [function.place for function in functions]


def test_a_public_function_has_more_than_one_word() -> None:
    assert list_places(find_one_word_functions(MODULES)) == []


def test_a_public_function_begins_with_a_verb() -> None:
    assert list_places(find_functions_without_verb(MODULES)) == []


def test_no_two_modules_of_an_app_share_a_name() -> None:
    assert list(find_shared_names(MODULES)) == []


def test_verbs_are_bare_words_and_no_predicates() -> None:
    assert [word for word in VERBS if not (word.isalpha() and word.islower())] == []
    assert sorted(VERBS & PREDICATES) == []
