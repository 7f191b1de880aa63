"""``# fmt: skip`` stands at tables of data alone; everything else is laid out by the formatter."""

import subprocess

import pytest

from config.settings import BASE_DIR
from scripts.style.tables import find_skips, find_skips_of_no_table

MOST_TABLES = 200


def read_sources() -> dict[str, str]:
    listed = subprocess.run(
        ["git", "ls-files", "*.py"],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return {path: (BASE_DIR / path).read_text() for path in listed}


def test_only_tables_of_data_are_kept_from_the_formatter() -> None:
    sources = read_sources()
    wrong = [
        f"{path}:{line}"
        for path, text in sources.items()
        for line in find_skips_of_no_table(text)
    ]
    assert wrong == []
    assert sum(len(find_skips(text)) for text in sources.values()) <= MOST_TABLES


ROWS = '[\n    ("a", 1),\n    ("b", _("B")),\n]'


@pytest.mark.parametrize(
    "source",
    [
        f"TABLE = {ROWS}  # fmt: skip",
        f"TABLE: list[object] = {ROWS}  # fmt: skip",
        "TABLE = frozenset({\n    1, 2, 3,\n    4, 5, -6,\n})  # fmt: skip",
        'def f():\n    return {\n    "a": [1], "b": {"c": 2},\n}  # fmt: skip',
        f'@pytest.mark.parametrize("a", {ROWS})  # fmt: skip\ndef f(a): ...',
    ],
)
def test_a_table_of_data(source: str) -> None:
    assert find_skips(source)
    assert find_skips_of_no_table(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "TABLE = [1, 2, 3, 4, 5, 6]  # fmt: skip",
        "TABLE = [\n    (1, 2),\n]  # fmt: skip",
        "TABLE = [\n    1, 2, 3,\n    4, 5, 6 if a else 7,\n]  # fmt: skip",
        "TABLE = [\n    (each, 1)\n    for each in rows\n]  # fmt: skip",
        f"show(1, {ROWS})  # fmt: skip",
        f"assert rows == {ROWS}  # fmt: skip",
        f'@cached("a", {ROWS})  # fmt: skip\ndef f(a): ...',
        "def f(\n    a: int,\n) -> None:  # fmt: skip\n    return a",
    ],
)
def test_no_table_of_data(source: str) -> None:
    assert find_skips_of_no_table(source) == find_skips(source) != []
