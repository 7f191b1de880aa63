"""docs/glossary.md has each word once; its English is the console's, and its classes exist."""

import ast
import re
from pathlib import Path

from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings

from scripts.messages import APPS, catalogue_path
from scripts.style.source import find_packages, read_modules

ROOT = Path(settings.BASE_DIR)
# Tables that no text of the console and nobody who reads code has a word of their own for.
INNER = {
    "FieldKeyProof": "docs/security.md",
    "FormTag": "a row of a form: which tags answering puts on or takes off",
    "MemberName": "a copy of names for the search",
    "SearchText": "what was typed into a search, behind its key",
    "Wakeup": "docs/architecture.md",
}


def read_rows(text: str) -> list[list[str]]:
    """Return the cells of each line of each table: Japanese, English, code, meaning."""
    lines = [
        line
        for line in text.splitlines()
        if line.startswith("| ") and not line.startswith("| 日本語")
    ]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


TEXT = (ROOT / "docs/glossary.md").read_text()
ROWS = read_rows(TEXT)


def read_labels() -> dict[str, set[str]]:
    """Return the English texts of each msgid: one of another context has one of its own."""
    labels: dict[str, set[str]] = {}
    for path in sorted({catalogue_path(app) for app in APPS}):
        if path.exists():
            with path.open("rb") as file:
                for message in read_po(file, locale="en"):
                    if isinstance(message.id, str) and message.id:
                        labels.setdefault(message.id, set()).add(message.string)
    return labels


def test_each_word_stands_once_with_a_meaning() -> None:
    words = [row[0] for row in ROWS]
    assert sorted(words) == sorted(set(words))
    assert [row for row in ROWS if len(row) != 4 or not all(row)] == []


def test_the_english_of_a_label_is_the_console_s() -> None:
    labels = read_labels()
    assert {
        row[0]: labels[row[0]]
        for row in ROWS
        if row[1] not in labels.get(row[0], {row[1]})
    } == {}


def test_classes_exist() -> None:
    classes = {
        node.name
        for module in read_modules(ROOT)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    }
    named = {name for row in ROWS for name in re.findall(r"`([A-Z][a-z]\w*)`", row[2])}
    assert sorted(named - classes) == []


def test_every_table_has_its_word() -> None:
    ours = find_packages(ROOT)
    models = {
        model.__name__
        for model in apps.get_models()
        if model.__module__.split(".")[0] in ours
    }
    named = set(re.findall(r"`([A-Z]\w*)", TEXT))
    assert sorted(models - named - INNER.keys()) == []
    assert sorted(INNER.keys() - models) == [], "spared, and there no more"
