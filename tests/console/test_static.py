"""What production serves: hashed names everywhere, in the style sheets' and the scripts' imports too."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from console.static_storage import HashedStorage

HASHED = re.compile(r"\.[0-9a-f]{12}\.(css|js|svg)$")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("static")
    backend = f"{HashedStorage.__module__}.{HashedStorage.__qualname__}"
    with override_settings(
        STATIC_ROOT=root, STORAGES={"staticfiles": {"BACKEND": backend}}
    ):
        call_command("collectstatic", "--noinput", "-v0")
    return root / "console"


@pytest.mark.parametrize(
    ("files", "reference"),
    [
        ("css/**/*.css", r"url\(\"([^\"]+)\"\)"),
        ("js/*.js", r"(?:import|from)\s*\"([^\"]+)\""),
    ],
)
def test_every_reference_is_hashed(collected: Path, files: str, reference: str) -> None:
    ours = [path for path in collected.glob(files) if HASHED.search(path.name)]
    named = [
        (path, name)
        for path in ours
        for name in re.findall(reference, path.read_text())
    ]
    assert named
    assert [name for _, name in named if not HASHED.search(name)] == []
    assert [name for path, name in named if not (path.parent / name).exists()] == []


def test_the_style_sheet_is_one_file_of_at_most_16_kb(collected: Path) -> None:
    (sheet,) = [
        path for path in collected.glob("css/console.*.css") if HASHED.search(path.name)
    ]
    text = sheet.read_text()
    assert "@import" not in text
    entry = (settings.BASE_DIR / "static/console/css/console.css").read_text()
    assert text.count("@layer components {") == entry.count("layer(components)") > 20
    assert len(gzip.compress(text.encode())) <= 16 * 1024


def test_our_scripts_are_at_most_12_kb(collected: Path) -> None:
    ours = [path for path in collected.glob("js/*.js") if not HASHED.search(path.name)]
    assert sum(len(gzip.compress(path.read_bytes())) for path in ours) <= 12_000


def test_nothing_comes_from_elsewhere(collected: Path) -> None:
    """No third party sees who works in the console."""
    outside = [
        f"{path.name}: {address}"
        for pattern in ("**/*.css", "**/*.js")
        for path in collected.glob(pattern)
        for address in re.findall(r"https?://[^\s\"')]+", path.read_text())
    ]
    assert outside == []


def test_templates_load_only_our_own_files() -> None:
    loads = re.compile(
        r"<(?:script|link|img|iframe|source)[^>]+(?:src|href)=[\"'](https?:)?//"
    )
    inline = re.compile(
        r"<style|\sstyle=|\son(?:click|change|submit|load|error|input|key\w+|focus|blur)=|<script(?![^>]*src)"
    )
    found = [
        f"{path.relative_to(settings.BASE_DIR)}: {match.group()}"
        for path in (settings.BASE_DIR / "templates").rglob("*.html")
        for match in [
            *loads.finditer(path.read_text()),
            *inline.finditer(path.read_text()),
        ]
    ]
    assert found == []


def test_every_class_of_a_template_is_styled_or_read() -> None:
    """A class that no style sheet and no script knows is a slip of the pen: what it meant to show is not shown."""
    root = settings.BASE_DIR
    texts = [
        path.read_text()
        for kind in ("css", "js")
        for path in (root / "static").rglob(f"*.{kind}")
    ]
    known = {
        name for text in texts for name in re.findall(r"[a-zA-Z][\w-]*", text)
    }  # a script names its classes in texts of any kind
    found = {
        (name, str(path.relative_to(root)))
        for path in (root / "templates").rglob("*.html")
        for names in re.findall(r'class="([^"{}]*)"', path.read_text())
        for name in names.split()
    }
    assert len(found) > 500
    # By it a browser test tells one table from the others.
    hooks = {"pairs"}
    assert sorted(pair for pair in found if pair[0] not in known | hooks) == []
