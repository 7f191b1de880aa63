"""The house style in numbers, each beside its goal (docs/style.md says why).

    python -m scripts.measure_style           one line a number
    python -m scripts.measure_style --list    and below each what does not meet the goal

Measured is the product: every package at the root but tests, bench and scripts; migrations are left out.
"""

import statistics
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.style import imports, sizes, tables, words
from scripts.style.source import (
    ROOT,
    Module,
    find_stylesheets,
    find_templates,
    read_modules,
    walk_functions,
)

MOST_MODULES_IN_FOLDER = 16
MOST_LINES_IN_FILE = 300
MOST_ONE_WORD = 10.0
FEWEST_IMPERATIVE = 95.0
MOST_ON_LONG_LINES = 3.0
MOST_TOKENS = 7.5


@dataclass(frozen=True)
class Number:
    """One line of the report; ``met`` is None where there is no goal, ``offenders`` are what --list prints."""

    title: str
    value: str
    goal: str = ""
    met: bool | None = None
    offenders: list[str] = field(default_factory=list)


def measure_all(root: Path = ROOT) -> Iterator[Number]:
    """Yield every number, in the order of the report."""
    modules = read_modules(root)
    yield from measure_sizes(modules)
    yield from measure_names(modules)
    yield measure_docstrings(modules)
    yield measure_return_types(modules)
    yield measure_tokens(modules)
    yield measure_long_lines(
        "template characters on lines over 120", find_templates(root), root
    )
    yield measure_long_lines(
        "CSS characters on lines over 120", find_stylesheets(root), root
    )
    yield measure_marks(modules)
    yield measure_cycles(modules)


def measure_sizes(modules: list[Module]) -> Iterator[Number]:
    folders = sizes.count_modules(modules)
    most = max(folders.values(), default=0)
    crowded = rank_offenders(folders, MOST_MODULES_IN_FOLDER)
    goal = f"<= {MOST_MODULES_IN_FOLDER}"
    yield Number(
        "modules in one folder, most",
        str(most),
        goal,
        most <= MOST_MODULES_IN_FOLDER,
        crowded,
    )
    files = sizes.measure_files(modules)
    longest = max(files.values(), default=0)
    goal = f"max <= {MOST_LINES_IN_FILE}"
    too_long = rank_offenders(files, MOST_LINES_IN_FILE)
    yield Number(
        "lines of a file, median / p90 / max",
        describe_spread(files),
        goal,
        longest <= MOST_LINES_IN_FILE,
        too_long,
    )
    functions = sizes.measure_functions(modules)
    longest_functions = rank_offenders(functions, 0)[:20]
    yield Number(
        "lines of a function, median / p90 / max",
        describe_spread(functions),
        offenders=longest_functions,
    )


def measure_names(modules: list[Module]) -> Iterator[Number]:
    """Yield the numbers of public functions at the top of a module, views and registries left out."""
    public = words.find_public_functions(modules)
    one_word = words.find_one_word_functions(modules)
    share = compute_percentage(len(one_word), len(public))
    yield Number(
        "public functions of one word",
        f"{share:.1f} % ({len(one_word)} of {len(public)})",
        f"<= {MOST_ONE_WORD:.0f} %",
        share <= MOST_ONE_WORD,
        [function.place for function in one_word],
    )
    verbless = words.find_functions_without_verb(modules)
    yield Number(
        "public functions of more words without a verb in front",
        str(len(verbless)),
        "0",
        not verbless,
        [function.place for function in verbless],
    )
    shared = words.find_shared_names(modules)
    yield Number(
        "names that two modules of an app share",
        str(len(shared)),
        "0",
        not shared,
        [
            f"{name}: {', '.join(one.module.name for one in functions)}"
            for name, functions in shared.items()
        ],
    )
    plain = [module for module in modules if not module.is_package]
    gerunds = [str(module.path) for module in plain if module.name.endswith("ing")]
    yield Number(
        "modules named …ing.py",
        f"{compute_percentage(len(gerunds), len(plain)):.1f} %",
        offenders=gerunds,
    )


def measure_docstrings(modules: list[Module]) -> Number:
    """Return the share of docstrings of functions and methods that begin with a verb in the imperative."""
    docstrings = words.find_docstrings(modules)
    wrong = [
        f"{place}: {text.splitlines()[0]}"
        for place, text in docstrings.items()
        if not words.is_imperative(text)
    ]
    share = compute_percentage(
        len(docstrings) - len(wrong), len(docstrings), empty=100.0
    )
    met = share >= FEWEST_IMPERATIVE
    title = "docstrings that begin with an imperative"
    return Number(
        title,
        f"{share:.1f} % (of {len(docstrings)})",
        f">= {FEWEST_IMPERATIVE:.0f} %",
        met,
        wrong,
    )


def measure_return_types(modules: list[Module]) -> Number:
    functions = [
        (module, node) for module in modules for node in walk_functions(module)
    ]
    untyped = [
        f"{module.path}:{node.lineno} {node.name}"
        for module, node in functions
        if node.returns is None
    ]
    value = f"{len(functions) - len(untyped)} of {len(functions)}"
    return Number("functions with a return type", value, "100 %", not untyped, untyped)


def measure_tokens(modules: list[Module]) -> Number:
    """Return the mean; the offenders are the modules above it, the densest first, and their own means."""
    lines = {
        str(module.path): list(sizes.count_tokens(module).values())
        for module in modules
    }
    counts = [count for found in lines.values() for count in found]
    mean = statistics.fmean(counts) if counts else 0.0
    means = {path: statistics.fmean(found) for path, found in lines.items() if found}
    dense = [
        f"{path}: {value:.1f}"
        for path, value in sort_descending(means)
        if value > MOST_TOKENS
    ]
    return Number(
        "tokens in a line of code, mean",
        f"{mean:.2f}",
        f"<= {MOST_TOKENS}",
        mean <= MOST_TOKENS,
        dense,
    )


def measure_long_lines(title: str, paths: list[Path], root: Path) -> Number:
    long_lines = sizes.find_long_lines(paths, root)
    share = compute_percentage(sum(long_lines.values()), sizes.count_characters(paths))
    longest = max(long_lines.values(), default=0)
    value = f"{share:.1f} % (longest {longest})" if longest else "0.0 %"
    offenders = rank_offenders(long_lines, sizes.LONGEST_LINE)
    return Number(
        title,
        value,
        f"<= {MOST_ON_LONG_LINES:.0f} %",
        share <= MOST_ON_LONG_LINES,
        offenders,
    )


def measure_marks(modules: list[Module]) -> Number:
    """Return how often the formatter is kept from what is no table of data."""
    marks = sum(len(tables.find_skips(module.text)) for module in modules)
    wrong = [
        f"{module.path}:{line}"
        for module in modules
        for line in tables.find_skips_of_no_table(module.text)
    ]
    title = "fmt: skip where no table of data stands"
    return Number(title, f"{len(wrong)} (of {marks})", "0", not wrong, wrong)


def measure_cycles(modules: list[Module]) -> Number:
    cycles = imports.find_cycles(modules)
    value = f"{len(cycles)} (largest {len(cycles[0])})" if cycles else "0"
    return Number(
        "circles of imports",
        value,
        "0",
        not cycles,
        [" ".join(cycle) for cycle in cycles],
    )


def describe_spread(lengths: dict[str, int]) -> str:
    """Return "median / p90 / max"."""
    found = sorted(lengths.values())
    if not found:
        return "0 / 0 / 0"
    return (
        f"{statistics.median_low(found)} / {found[int(len(found) * 0.9)]} / {found[-1]}"
    )


def compute_percentage(part: int, whole: int, empty: float = 0.0) -> float:
    return 100 * part / whole if whole else empty


def rank_offenders(counts: dict[str, int], limit: int) -> list[str]:
    """Return "name: count" of those above the limit, the largest first."""
    return [
        f"{name}: {count}" for name, count in sort_descending(counts) if count > limit
    ]


def sort_descending(counts: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def format_number(number: Number) -> str:
    answer = {None: "", True: "met", False: "NOT MET"}[number.met]
    return (
        f"{number.title:<56} {number.value:>24}   {number.goal:<10} {answer}".rstrip()
    )


def main() -> None:
    for number in measure_all():
        print(format_number(number))
        if "--list" in sys.argv:
            print("".join(f"    {offender}\n" for offender in number.offenders), end="")


if __name__ == "__main__":
    main()
