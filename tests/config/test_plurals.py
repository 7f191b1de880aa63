"""English beside a number: "1 times" is written nowhere, and one of something has its own words."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
# A number, then a word that ends in s; what ends so in the singular too is listed.
MANY = re.compile(r"%\(\w+\)[sd] ([a-z]+s)\b")
TIMES = re.compile(r"%\(\w+\)[sd] times\b(?! the average)")
SINGULAR = {
    "business",
    "address",
    "is",
    "was",
    "has",
    "this",
    "as",
    "does",
    "goes",
    "holds",
    "lies",
    "needs",
}
# A text with a number in it whose words are the same for one: of a bound, which is no one, or of what is no number.
BOUND = re.compile(
    r"at most|[Uu]p to|or fewer|within|[Ll]onger than|at least|limit|exceeds|(most|limit_value|least)\)"
)
NEVER_ONE = {
    "trial_days",
    "grace_days",
    "kept_days",
    "hours",
    "length",
    "minutes",
    "times",
}
TEXTS = {"channel"}
COUNTED = re.compile(r"%\((\w+)\)[sd](?:</?\w+>)? ([a-z]+s)\b")


def find_texts() -> Iterator[tuple[str, str, bool]]:
    """Yield (catalogue, English text, whether it is said of one alone)."""
    for path in sorted(ROOT.glob("**/locale/en/LC_MESSAGES/django.po")):
        if ".venv" in path.parts:
            continue
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id and isinstance(message.string, str):
                    yield str(path.relative_to(ROOT)), message.string, False
                elif message.id:
                    yield str(path.relative_to(ROOT)), message.string[0], True


def test_one_of_something_is_no_plural() -> None:
    texts = list(find_texts())
    assert sum(is_one for _path, _text, is_one in texts) > 20
    assert [
        (path, text)
        for path, text, is_one in texts
        if is_one and set(MANY.findall(text)) - SINGULAR
    ] == []


def test_no_text_says_1_times() -> None:
    assert [
        (path, text) for path, text, _is_one in find_texts() if TIMES.search(text)
    ] == []


def test_a_number_that_may_be_one_has_words_for_one() -> None:
    """By ngettext, or by words that fit any number ("Members linked: 1.")."""
    texts = [(path, text) for path, text, is_one in find_texts() if not is_one]
    assert [
        (path, text)
        for path, text in texts
        for name, word in find_counted(text)
        if word not in SINGULAR and name not in NEVER_ONE | TEXTS
    ] == []


def find_counted(text: str) -> list[tuple[str, str]]:
    """Return (placeholder, word in the plural) of each number in the text, unless it is a bound."""
    if BOUND.search(text):
        return []
    return [(found[1], found[2]) for found in COUNTED.finditer(text)]
