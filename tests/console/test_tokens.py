"""The colours, computed from tokens.css: text at least 4.5 : 1, controls and marks 3 : 1, in both themes."""

import re

import pytest
from django.conf import settings

CSS = settings.BASE_DIR / "static" / "console" / "css"
TOKEN = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
SURFACES = (
    "ground",
    "surface",
    "surface-raised",
    "surface-sunken",
    "surface-hover",
    "surface-press",
    "accent-weak",
)
STATES = ("ok", "warn", "bad", "info", "neutral")
TAGS = ("grey", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink")

TEXT = (
    [
        (text, surface)
        for text in ("text", "text-muted", "accent", "bad")
        for surface in SURFACES
    ]
    + [
        ("text-faint", surface)
        for surface in ("surface", "surface-raised", "surface-sunken", "ground")
    ]
    + [(state, f"{state}-weak") for state in STATES]
    + [("text", f"{state}-weak") for state in STATES]
    + [
        (state, surface)
        for state in STATES
        for surface in ("surface", "surface-raised")
    ]
    + [(f"tag-{tag}", f"tag-{tag}-weak") for tag in TAGS]
    + [
        ("on-accent", "accent-fill"),
        ("on-accent", "accent-fill-hover"),
        ("on-bad", "bad-fill"),
    ]
    + [
        ("on-bad", "bad-fill-hover"),
        ("accent-strong", "accent-weak"),
        ("accent-strong", "surface"),
    ]
    + [
        ("chat-text", "chat-theirs"),
        ("chat-text", "chat-ours"),
        ("chat-text", "chat-ground"),
    ]
    + [("chat-day-text", "chat-day")]
)
MARKS = [
    (mark, surface)
    for mark in ("line-control", "focus", "accent-fill")
    for surface in SURFACES[:4]
] + [
    ("bad-fill", "surface"),
    ("bad-fill", "surface-raised"),
]


def tokens() -> dict[str, tuple[str, str]]:
    return {
        name: (light, dark)
        for name, light, dark in TOKEN.findall((CSS / "tokens.css").read_text())
    }


def luminance(colour: str) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_is_readable(theme: int) -> None:
    known = tokens()
    weak = {
        pair: round(ratio, 2)
        for pair in TEXT
        if (ratio := contrast(known[pair[0]][theme], known[pair[1]][theme])) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_controls_are_visible(theme: int) -> None:
    known = tokens()
    weak = {
        pair: round(ratio, 2)
        for pair in MARKS
        if (ratio := contrast(known[pair[0]][theme], known[pair[1]][theme])) < 3
    }
    assert weak == {}


def test_contrast_agrees_with_the_standard() -> None:
    assert [
        round(contrast(*pair), 2)
        for pair in (("#000000", "#ffffff"), ("#777777", "#ffffff"))
    ] == [21.0, 4.48]


def test_colours_stand_only_in_the_tokens() -> None:
    """A component that brings its own colour escapes the two tests above."""
    loose = {
        f"{path.name}: {colour}"
        for path in CSS.rglob("*.css")
        if path.name != "tokens.css"
        for colour in re.findall(
            r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsl\(", path.read_text()
        )
    }
    assert loose == set()


def test_the_entry_names_every_file() -> None:
    entry = (CSS / "console.css").read_text()
    named = set(re.findall(r'@import url\("([^"]+)"\)', entry))
    assert named == {str(path.relative_to(CSS)) for path in CSS.rglob("*.css")} - {
        "console.css",
        "public.css",
    }


def test_every_variable_is_defined() -> None:
    text = "\n".join(path.read_text() for path in CSS.rglob("*.css"))
    assert (
        set(re.findall(r"var\(--([a-z0-9-]+)", text))
        - set(re.findall(r"--([a-z0-9-]+):", text))
        == set()
    )
