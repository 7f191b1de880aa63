"""Translations: every user-visible string is Japanese in the source and English in a catalogue.

    python scripts/messages.py           compile the catalogues, list what is missing or unused
    python scripts/messages.py --add     append what is missing, untranslated, to the catalogue of its app

Works without gettext's own tools, which a bare machine does not have.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
APPS = (
    "tenants", "operators", "console", "jobs", "members", "messaging", "forms_builder", "cartsync", "rpa", "helpdesk",
    "administration", "notifications",
)  # fmt: skip
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
Message = str | tuple[str, ...]


def catalogue_path(app: str) -> Path:
    """The frame's templates and the console's own words share the root catalogue."""
    return (
        (ROOT if app in ("", "console") else ROOT / app)
        / "locale"
        / "en"
        / "LC_MESSAGES"
        / "django.po"
    )


def source_files(app: str) -> Iterator[Path]:
    folder = ROOT / app
    yield from (
        path for path in (ROOT / "templates").rglob("*.*") if owner_of(path) == app
    )
    for pattern in ("*.py", "*.html", "*.txt"):
        yield from (
            path for path in folder.rglob(pattern) if "migrations" not in path.parts
        )


def owner_of(template: Path) -> str:
    """templates/<app>/ is the app's; the frame, the login and the pages about shops are the console's."""
    folder = template.relative_to(ROOT / "templates").parts[0]
    return folder if folder in APPS else "console"


def messages_in(path: Path) -> Iterator[Message]:
    from django.utils.translation.template import templatize

    text = path.read_text()
    if path.suffix != ".py":
        # What templates become is no Python: its lines would be judged by their indentation.
        text = "\n".join(
            line.strip() for line in templatize(text, origin=str(path)).splitlines()
        )
    extracted: Any = extract_python(io.BytesIO(text.encode()), KEYWORDS, [], {})
    for _line, function, found, _comments in extracted:
        parts = tuple(
            part
            for part in (found if isinstance(found, tuple) else (found,))
            if isinstance(part, str)
        )
        if not parts:
            continue
        if function in ("ngettext", "ngettext_lazy"):
            yield parts[0], parts[1]
        else:
            yield parts[-1] if KEYWORDS[function] else parts[0]


def used(app: str) -> set[Message]:
    """Every msgid of the app; a plural is a pair."""
    return {message for path in source_files(app) for message in messages_in(path)}


def read(app: str) -> Catalog:
    path = catalogue_path(app)
    if not path.exists():
        return Catalog(locale="en")
    with path.open("rb") as file:
        return read_po(file, locale="en")


def translated(catalogue: Catalog) -> set[Message]:
    """The msgids that have an English text, a plural only with both forms."""
    done = set()
    for message in catalogue:
        text = (
            message.string
            if isinstance(message.string, (tuple, list))
            else (message.string,)
        )
        if message.id and all(text) and not message.fuzzy:
            done.add(
                tuple(message.id)
                if isinstance(message.id, (tuple, list))
                else message.id
            )
    return done


def problems() -> list[str]:
    """One line for each msgid without English, and for each English text that nothing uses."""
    lines = []
    for app in APPS:
        if not (ROOT / app).exists():
            continue
        wanted, catalogue = used(app), read(app)
        known = {
            tuple(m.id) if isinstance(m.id, (tuple, list)) else m.id
            for m in catalogue
            if m.id
        }
        lines += [
            f"{app}: no English for {message!r}"
            for message in sorted(wanted - translated(catalogue), key=str)
        ]
        lines += [
            f"{app}: unused {message!r}" for message in sorted(known - wanted, key=str)
        ]
    return lines


def add_missing() -> None:
    for app in APPS:
        if not (ROOT / app).exists():
            continue
        catalogue = read(app)
        missing = used(app) - translated(catalogue)
        for message in sorted(missing, key=str):
            catalogue.add(message)
        if missing:
            path = catalogue_path(app)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                write_po(
                    file,
                    catalogue,
                    omit_header=False,
                    width=0,
                    sort_output=True,
                    no_location=True,
                )


def compile_all() -> int:
    """Write each catalogue's .mo where it is older than its .po; returns how many were written."""
    count = 0
    for path in [
        *ROOT.glob("locale/*/LC_MESSAGES/*.po"),
        *ROOT.glob("*/locale/*/LC_MESSAGES/*.po"),
    ]:
        target = path.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
            with path.open("rb") as source, target.open("wb") as out:
                write_mo(out, read_po(source, locale=path.parts[-3]))
            count += 1
    return count


def main() -> int:
    from django.conf import settings

    settings.configure()
    if "--add" in sys.argv:
        add_missing()
    compile_all()
    if "--compile" in sys.argv:
        return 0
    found = problems()
    print("\n".join(found) or "Every message has its English.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
