"""The first view of a form is light: what of it comes from us, before anything is compressed."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.contrib.staticfiles import finders
from django.test import Client

from forms_builder.models import Form
from tests.forms_builder.conftest import Phone
from tests.forms_builder.public.test_kinds_answered import phone as phone
from tests.forms_builder.public.test_kinds_answered import survey as survey

MOST = 60_000  # bytes
IN_PAGE = re.compile(r'(?:href|src)="/static/([^"]+)"')
IN_FILE = re.compile(r'(?:@import url\(|^import |from )"([^"]+)"', re.M)


def list_files(html: str) -> dict[str, int]:
    """Each file of ours that the page loads at once, with what it loads itself, and its bytes."""
    found: dict[str, int] = {}

    def follow(name: str) -> None:
        path = Path(str(finders.find(name)))
        if name in found:
            return
        found[name] = path.stat().st_size
        for other in IN_FILE.findall(path.read_text()):
            parts = (Path("/") / Path(name).parent / other).resolve().parts[1:]
            follow("/".join(parts))

    for name in IN_PAGE.findall(html):
        if name.endswith((".css", ".js")):
            follow(name)
    return found


def weigh(*pages: str) -> Iterator[tuple[str, int]]:
    yield from list_files("".join(pages)).items()
    yield from (("page", len(page.encode())) for page in pages)


def test_a_form_of_every_kind_is_below_60_kb(
    phone: Phone, survey: Form, client: Client
) -> None:
    shell = client.get(phone.base).content.decode()
    form = phone.open().content.decode()
    weights = dict(weigh(shell, form))
    assert "forms/liff.js" in weights and len(weights) > 5
    assert sum(weights.values()) <= MOST, sorted(weights.items(), key=lambda w: -w[1])
    plain = client.get(f"{phone.base}browser/").content.decode()
    assert sum(size for _name, size in weigh(plain)) <= MOST
