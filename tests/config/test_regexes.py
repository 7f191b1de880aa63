"""Regular expressions that every Python from 3.11.2 on reads alike, and that no input can keep busy."""

import ast
import importlib
import re
from pathlib import Path

import pytest

from scripts.check import PACKAGES, ROOT

CLASS = re.compile(r"\[\^?\]?[^\]]*\]")
POSSESSIVE = re.compile(r"[*+?}]\+|\(\?>")
NOT_SERVED = ("tests", "bench", "scripts")
# What these do on import needs a database, or is history.
STARTING = {"wsgi", "__main__", "migrations"}
LONG = 500
HOSTILE = [
    part * LONG
    for part in (
        "a", "a.", "a-", "a@", "0", "0-", "1,", " ", "\t ", "\n", "あ ", "　", "%7b", "<a ", "((", "[[", "''", '""',
        "//", "https://a.", "{{", "U0",
    )
]  # fmt: skip


def find_texts(tree: ast.Module) -> list[str]:
    """Return the string constants; an f-string is one, with a letter where its values stand."""
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    texts = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (getattr(part, "value", "x") for part in node.values)
            texts.append("".join(p if isinstance(p, str) else "x" for p in parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts += [node.value] if id(node) not in inside else []
    return texts


def has_possessive(text: str) -> bool:
    """Return whether ``text``, read as a regular expression, has a possessive quantifier or an atomic group."""
    bare = CLASS.sub("c", re.sub(r"\\.", "e", text))
    return "``" not in text and bool(POSSESSIVE.search(bare))


def find_sources() -> list[Path]:
    folders = [*PACKAGES, "bench", "tests"]
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def find_patterns() -> dict[str, "re.Pattern[str]"]:
    """Return module.NAME → the pattern that stands there, of all of the product's modules."""
    found = {}
    for path in find_sources():
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] in NOT_SERVED or STARTING & set(parts):
            continue
        module = importlib.import_module(".".join(parts))
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                found[f"{module.__name__}.{name}"] = value
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"a+" + "+", True), ("[a-z]*" + "+@", True), ("(?" + ">a)", True), ("a{2,}" + "+", True), ("x?" + "+", True),
        (r"\++", False), ("[*+/]+", False), ("a{2,}[+]", False), ("a+?", False),
    ],
)  # fmt: skip
def test_what_the_rule_forbids(text: str, found: bool) -> None:
    assert has_possessive(text) == found


def test_no_possessive_quantifiers_and_no_atomic_groups() -> None:
    """CPython reads them wrongly before 3.11.4: wrong addresses pass, and texts of any length."""
    assert [
        (str(path.relative_to(ROOT)), text)
        for path in find_sources()
        for text in find_texts(ast.parse(path.read_text()))
        if has_possessive(text)
    ] == []


def test_no_input_keeps_an_expression_busy() -> None:
    """Exponential backtracking would take years for one of these."""
    patterns = find_patterns()
    for pattern in patterns.values():
        for text in HOSTILE:
            for hostile in (text, f"{text}!", f"!{text}\0"):
                pattern.search(hostile)
                pattern.fullmatch(hostile)
    assert "members.valuelists.parse.COMMON_EMAILS" in patterns
