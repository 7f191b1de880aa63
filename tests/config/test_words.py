"""Every user-visible word goes through gettext, and each has its English."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings

from scripts.messages import APPS, catalogue_path, problems

ROOT = Path(settings.BASE_DIR)
# Without ・ and ー, which only join.
JAPANESE = re.compile(r"[\u3040-\u30fa\u30fd-\u30ff\u3400-\u9fff]")
TRANSLATED = re.compile(
    r"{#.*?#}|{% comment.*?endcomment %}|{% blocktranslate.*?endblocktranslate %}|{% translate .*?%}|_\((['\"]).*?\1\)",
    re.S,
)
FUNCTIONS = {
    "_",
    "_t",
    "gettext",
    "gettext_lazy",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "gettext_noop",
}
# What is data, not words: variants of kanji, typed-in marks, kana tables; and the style guide's ugly samples.
DATA = {
    "messaging/content/footer.py",  # the end of mails to customers
    "administration/help/words.py",  # what other systems call it, for the search
    "cartsync/orders/ready_scenarios.py",  # messages for customers
    "messaging/content/gallery.py",  # messages for customers, as the recipe's
    "messaging/broadcasts/testing.py",  # the name of a tag
    "messaging/screens/scenarios/recipe.py",  # the recipe's text is for customers: Japanese whatever the operator reads
    "forms_builder/mail/fields.py",  # names of merge fields, as they stand in the shop's own texts
    "cartsync/ordermail/presets.py",  # what malls write
    "cartsync/ordermail/values.py",
    "cartsync/files/prefixes.py",  # how shops name their files
    "cartsync/connectors/generic/state_words.py",  # what carts call their states
    "cartsync/merge_fields.py",  # for customers: how a day and several products are written
    "cartsync/connectors/colorme.py",
    "cartsync/connectors/files.py",  # headings of a file
    "cartsync/files/rows.py",  # 年 and 月 in a date
    "rpa/offers/denials.py",  # what shops write
    "rpa/recipes/demo.py",  # what the demo cart calls its states
    "members/normalize/kanji_variants.py",
    "members/normalize/emails.py",
    "members/normalize/names.py",
    "members/normalize/phones.py",
    "members/normalize/text.py",
    "members/normalize/typos.py",
    "members/attributes/kinds.py",  # 円 after a number
    "members/normalize/dates.py",
    "jobs/files/writers.py",  # what Shift_JIS has no letter for
    "members/imports/check/clean.py",  # which letters a plain text is made of
    "members/normalize/files/headings.py",
    "members/normalize/numbers.py",  # what stands behind a number
    "members/normalize/files/excel_errors.py",
    "members/attributes/file_words.py",
    "members/valuelists/parse.py",
    "members/valuelists/lists.py",
    "members/imports/read/sample_file.py",
    "messaging/scenarios/follow_group.py",
    "console/styleguide/samples.py",
    "console/styleguide/forms.py",
}


def templates() -> list[Path]:
    folders = [ROOT / "templates", *(ROOT / app / "templates" for app in APPS)]
    return [
        path
        for folder in folders
        for path in folder.rglob("*.html")
        if "styleguide" not in path.name and path.name != "500.html"
    ]


def modules() -> list[Path]:
    found = [
        path
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
    ]
    return [path for path in found if str(path.relative_to(ROOT)) not in DATA]


def untranslated(tree: ast.Module) -> list[tuple[int, str]]:
    """String constants with Japanese that are neither docstrings nor arguments of gettext."""
    spared = set()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", getattr(node.func, "attr", "")) in FUNCTIONS
        ):
            spared |= {id(child) for child in ast.walk(node)}
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            spared |= {id(child) for child in ast.walk(body[0])}
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and JAPANESE.search(node.value)
        if id(node) not in spared
    ]


def find_hidden_messages(tree: ast.Module) -> list[str]:
    """Return the messages inside f-strings: Python 3.11 does not find them there, 3.12 does; no catalogue fits both."""
    return [
        ast.unparse(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if isinstance(part, ast.Call) and getattr(part.func, "id", "") in FUNCTIONS
    ]


def test_a_message_in_an_f_string_is_found() -> None:
    assert find_hidden_messages(ast.parse("f\"{_('a')}b\"")) == ["_('a')"]


def test_every_message_has_its_english_and_none_is_left_over() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    "path", templates(), ids=lambda path: str(path.relative_to(ROOT))
)
def test_templates_translate_every_word(path: Path) -> None:
    rest = TRANSLATED.sub("", path.read_text())
    assert [line.strip() for line in rest.splitlines() if JAPANESE.search(line)] == []


@pytest.mark.parametrize(
    "path", modules(), ids=lambda path: str(path.relative_to(ROOT))
)
def test_modules_translate_every_word(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert untranslated(tree) == []
    assert find_hidden_messages(tree) == []


def test_one_word_has_one_english() -> None:
    """Django merges the catalogues: of two different texts for one msgid, one would show where the other was meant."""
    english: dict[tuple[object, ...], set[object]] = {}
    for path in {catalogue_path(app) for app in APPS if catalogue_path(app).exists()}:
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id:
                    english.setdefault((message.context, message.id), set()).add(
                        message.string
                    )
    assert {key: texts for key, texts in english.items() if len(texts) > 1} == {}
