"""The buttons below a form: the one that does it first, キャンセル last, in a dialog as on a page."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates"
FOOT = re.compile(
    r'^( *)<div class="[^\n]*\b(?:dialog-foot|form-actions)\b[^\n]*$', re.M
)
BUTTON = re.compile(r"<(?:button|a)\b.*?</(?:button|a)>", re.S)
CANCEL = '{% translate "キャンセル" %}'


def find_feet() -> Iterator[tuple[str, list[str]]]:
    """Yield the name of a template, and the buttons and links of one of its feet, in their order."""
    for path in sorted(TEMPLATES.rglob("*.html")):
        text = path.read_text()
        for found in FOOT.finditer(text):
            end = text.index(f"\n{found[1]}</div>", found.end())
            yield (
                str(path.relative_to(TEMPLATES)),
                BUTTON.findall(text, found.end(), end),
            )


def test_whoever_cancels_finds_it_behind_what_is_sent() -> None:
    feet = list(find_feet())
    assert len(feet) > 60
    wrong = []
    for name, buttons in feet:
        places = [at for at, button in enumerate(buttons) if is_cancel(button)]
        sent = [at for at, button in enumerate(buttons) if 'type="submit"' in button]
        # One foot may have another pair for each step: the last button is then another step's.
        if places and sent and min(places) < min(sent):
            wrong.append(name)
    assert wrong == []
    dialogs = [
        name for name, buttons in feet if any("data-close" in b for b in buttons)
    ]
    assert len(dialogs) >= 7


def is_cancel(button: str) -> bool:
    return CANCEL in button or ">キャンセル<" in button
