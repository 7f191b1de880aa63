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
        "a",
        "a.",
        "a-",
        "a@",
        "0",
        "0-",
        "1,",
        " ",
        "\t ",
        "\n",
        "あ ",
        "　",
        "%7b",
        "<a ",
        "((",
        "[[",
        "''",
        '""',
        "//",
        "https://a.",
        "{{",
        "U0",
    )
]


def find_texts(tree: ast.Module) -> list[str]:
    """Return the string constants; one that is put together, by an f-string or +, is one.

    A letter stands where values do.
    """
    inside: set[int] = set()
    texts = []
    for node in ast.walk(tree):
        if id(node) in inside or (text := join_text(node)) is None:
            continue
        inside |= {id(part) for part in ast.walk(node)}
        texts.append(text)
    return texts


def join_text(node: ast.AST) -> str | None:
    """Return the text of a constant, an f-string or a sum with one of them in it; None for any other node."""
    if isinstance(node, ast.JoinedStr):
        parts = (getattr(part, "value", "x") for part in node.values)
        return "".join(part if isinstance(part, str) else "x" for part in parts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = [join_text(node.left), join_text(node.right)]
        known = any(side is not None for side in sides)
        return "".join(side or "x" for side in sides) if known else None
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(node.value) if is_text else None  # type: ignore[attr-defined]


def has_possessive(text: str) -> bool:
    """Return whether ``text``, read as a regular expression, has a possessive quantifier or an atomic group."""
    code = re.sub("``.*?``", "", text)  # what a docstring quotes
    bare = CLASS.sub("c", re.sub(r"\\.", "e", code))
    return bool(POSSESSIVE.search(bare))


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


MORE = "+"  # apart, so that this file itself passes
GROUP = "(?"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"a+{MORE}", True),
        (f"[a-z]*{MORE}@", True),
        (f"{GROUP}>a)", True),
        (f"a{{2,}}{MORE}", True),
        (f"x?{MORE}", True),
        (f"a quoted ``b`` and x?{MORE}", True),
        (rf"\+{MORE}", False),
        ("[*+/]+", False),
        ("a{2,}[+]", False),
        ("a+?", False),
        (f"``a+{MORE}`` is not taken", False),
    ],
)
def test_what_the_rule_forbids(text: str, found: bool) -> None:
    assert has_possessive(text) == found


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('A = "a" + "b"', ["ab"]), ('A = "a+" + B + f"{c}d"', ["a+xxd"]), ('A = ("a" + "b", "c")', ["ab", "c"]),
        ('A = f("a") + g("b")', ["a", "b"]), ("A = 1 + 2", []),
    ],
)  # fmt: skip
def test_texts_that_are_put_together(source: str, texts: list[str]) -> None:
    assert sorted(find_texts(ast.parse(source))) == texts


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
