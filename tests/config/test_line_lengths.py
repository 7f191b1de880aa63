"""Templates and style sheets are unfolded: one tag or one declaration a line, which ends by its 120th character."""

from pathlib import Path

from config.settings import BASE_DIR

WIDEST = 120
APPS = (
    "cartsync",
    "console",
    "forms_builder",
    "members",
    "messaging",
    "sandbox",
    "tenants",
)
# A text that is translated stays in one piece, and so does Japanese between whose parts no blank may come.
MOST_IN_TEMPLATES = 0.01


def files(folder: str, pattern: str) -> list[Path]:
    """Return the files of a folder of this name, here and in each app."""
    places = [BASE_DIR / folder, *(BASE_DIR / app / folder for app in APPS)]
    return [
        path
        for place in places
        for path in sorted(place.rglob(pattern))
        if "vendor" not in path.parts
    ]


def wide_lines(paths: list[Path]) -> list[tuple[str, int, int]]:
    """Return where each line that is too long stands, and how long it is."""
    return [
        (str(path.relative_to(BASE_DIR)), number, len(line))
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > WIDEST
    ]


def test_no_line_of_a_style_sheet_is_too_long() -> None:
    assert wide_lines(files("static", "*.css")) == []


def test_hardly_a_line_of_a_template_is_too_long() -> None:
    templates = files("templates", "*.html")
    wide = wide_lines(templates)
    characters = sum(len(path.read_text()) for path in templates)
    assert (
        sum(length for _path, _number, length in wide) / characters < MOST_IN_TEMPLATES
    ), wide
