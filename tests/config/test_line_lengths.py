"""Templates and style sheets are unfolded: one tag or one declaration a line, which ends by its 120th character.

A module of the product has at most 300 lines, and a folder at most 16 of them.
"""

from collections import Counter
from pathlib import Path

from config.settings import BASE_DIR
from scripts.measure_style import MOST_LINES_IN_FILE, MOST_MODULES_IN_FOLDER
from scripts.style.source import find_packages, find_stylesheets, find_templates

WIDEST = 120
# A text that is translated stays in one piece, and so does Japanese between whose parts no blank may come.
MOST_IN_TEMPLATES = 0.01


def wide_lines(paths: list[Path]) -> list[tuple[str, int, int]]:
    """Return where each line that is too long stands, and how long it is."""
    return [
        (str(path.relative_to(BASE_DIR)), number, len(line))
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > WIDEST
    ]


def test_no_line_of_a_style_sheet_is_too_long() -> None:
    assert wide_lines(find_stylesheets()) == []


def test_hardly_a_line_of_a_template_is_too_long() -> None:
    templates = find_templates()
    wide = wide_lines(templates)
    characters = sum(len(path.read_text()) for path in templates)
    assert (
        sum(length for _path, _number, length in wide) / characters < MOST_IN_TEMPLATES
    ), wide


def list_modules() -> list[Path]:
    found = [
        path
        for package in find_packages()
        for path in (BASE_DIR / package).rglob("*.py")
        if "migrations" not in path.parts
    ]
    return [path.relative_to(BASE_DIR) for path in found]


def test_no_module_is_too_long() -> None:
    lengths = {
        str(path): len((BASE_DIR / path).read_text().splitlines())
        for path in list_modules()
    }
    assert {
        path: lines for path, lines in lengths.items() if lines > MOST_LINES_IN_FILE
    } == {}


def test_no_folder_is_crowded() -> None:
    folders = Counter(
        path.parent for path in list_modules() if path.name != "__init__.py"
    )
    assert {
        str(folder): count
        for folder, count in folders.items()
        if count > MOST_MODULES_IN_FOLDER
    } == {}
