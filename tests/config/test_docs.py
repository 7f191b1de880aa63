"""docs/features.md tells the state of every row of the mission; here its pages and tests are looked up."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from tests.walls.test_urls import addresses

ROOT = Path(settings.BASE_DIR)
ROWS = (
    [f"E{n}" for n in range(1, 23)]
    + [f"C{n}" for n in range(1, 16)]
    + [f"F{n}" for n in range(1, 24)]
    + [f"R{n}" for n in range(1, 9)]
    + [f"M{n}" for n in range(1, 15)]
    + [f"X{n}" for n in range(1, 12)]
)
REALMS = {
    "/t/…/": "config.urls_console",
    "/p/…/": "config.urls_public",
    "/": "config.urls",
}


def table() -> list[tuple[str, str, str, str]]:
    lines = (ROOT / "docs/features.md").read_text().splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if re.match(r"\| [ECFRMX]\d", line)
    ]
    return [(row[0].split()[0], row[1], row[2], row[3]) for row in cells]


TABLE = table()


@cache
def routes() -> set[str]:
    """Every page's path with its placeholders as "…", as the table writes them."""
    found = set()
    for prefix, urlconf in REALMS.items():
        found |= {
            prefix + re.sub(r"<[^>]+>", "…", route) for route, _ in addresses(urlconf)
        }
    return found


@cache
def functions(path: Path) -> set[str]:
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }


def test_every_row_stands_once_in_order() -> None:
    assert [row for row, *_ in TABLE] == ROWS


@pytest.mark.parametrize(
    ("row", "state", "page", "test"), TABLE, ids=[row for row, *_ in TABLE]
)
def test_a_row_names_what_exists(row: str, state: str, page: str, test: str) -> None:
    assert state.split(":")[0] in ("done", "partly", "not yet")
    if state == "not yet":
        assert (page, test) == ("–", "–")
        return
    pages, tests = re.findall(r"`([^`]+)`", page), re.findall(r"`([^`]+)`", test)
    assert set(pages) - routes() == set()
    assert tests, "a row that is done names the test that would fail without it"
    for name in tests:
        path, _, function = name.partition("::")
        assert (ROOT / path).is_file(), path
        assert function in functions(ROOT / path), name


def test_the_security_page_names_tests_that_exist() -> None:
    lines = (ROOT / "docs/security.md").read_text().splitlines()
    rows = [line.split("|") for line in lines if re.match(r"\| \d", line)]
    numbers = [tuple(map(int, row[1].strip().split("."))) for row in rows]
    assert numbers == sorted(set(numbers))
    assert len(numbers) > 40
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row[3])}
    for name in named:
        path, _, function = name.partition("::")
        assert function in functions(ROOT / path), name
    walls = [functions(path) for path in ROOT.glob("tests/walls/test_asvs*.py")]
    tests = {name for name in set().union(*walls) if name.startswith("test_")}
    assert tests == {name.partition("::")[2] for name in named if "test_asvs" in name}
