"""Lengths of files and functions, modules in a folder, long lines, tokens in a line of code."""

import io
import tokenize
from collections import defaultdict
from pathlib import Path

from scripts.style.source import Module, walk_functions

LONGEST_LINE = 120
# Signs of layout; everything else that the tokenizer finds is a token.
LAYOUT = {
    tokenize.NEWLINE,
    tokenize.NL,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.COMMENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def measure_files(modules: list[Module]) -> dict[str, int]:
    """Return the number of lines of each file that has any, by its path."""
    return {
        str(module.path): len(module.text.splitlines())
        for module in modules
        if module.text.strip()
    }


def measure_functions(modules: list[Module]) -> dict[str, int]:
    """Return the number of lines of each function from its ``def`` to its end, by "path:line name"."""
    return {
        f"{module.path}:{node.lineno} {node.name}": (node.end_lineno or node.lineno)
        - node.lineno
        + 1
        for module in modules
        for node in walk_functions(module)
    }


def count_modules(modules: list[Module]) -> dict[str, int]:
    """Return how many modules lie directly in each folder; a room in it is none, nor is ``__init__``."""
    counts: dict[str, int] = defaultdict(int)
    for module in modules:
        if not module.is_package:
            counts[f"{module.path.parent}/"] += 1
    return counts


def find_long_lines(paths: list[Path], root: Path) -> dict[str, int]:
    """Return the characters of each line over the limit, by "path:line"."""
    return {
        f"{path.relative_to(root)}:{number}": len(line)
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > LONGEST_LINE
    }


def count_characters(paths: list[Path]) -> int:
    """Return the characters of all lines, without their ends."""
    return sum(len(line) for path in paths for line in path.read_text().splitlines())


def count_tokens(module: Module) -> dict[int, int]:
    """Return the tokens of each line that bears code, by its number.

    Comments are no code. A token belongs to the line where it begins, so a text or a docstring of
    several lines is one token on one line: that is how other projects' figures were taken.
    """
    counts: dict[int, int] = defaultdict(int)
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type not in LAYOUT:
            counts[token.start[0]] += 1
    return counts
