"""Merge fields: ``{name}``, or ``{name|お客様}`` with what stands there when the member has none."""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.content.events import build_sample_values, list_event_fields
from messaging.content.gallery import STANDS_IN

NAME_ROOM = 40  # what a name is taken to need when the length is checked
FIELDS = {
    "name": gettext_lazy("氏名"),
    "line_name": gettext_lazy("LINE名"),
    "form": gettext_lazy("フォームのリンク"),
}
# Only whole words in braces are fields; other braces are text.
FIELD = re.compile(r"\{(\w+)(?:\|([^{}|]*))?\}")
ROOMS = {"name": "x" * NAME_ROOM, "line_name": "x" * NAME_ROOM, "form": "x" * 80}


def count_units(text: str) -> int:
    """Count the text's UTF-16 code units: 🌸 and 𠮷 count two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut_units(text: str, limit: int) -> str:
    """Cut the end off a text that a very long name made too long for LINE; else the whole message would be lost."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * limit:
        return text
    return units[: 2 * limit].decode("utf-16-le", "ignore")


def estimate_units(text: str) -> int:
    """Estimate the units that the text needs with names of NAME_ROOM units and links."""
    return count_units(fill_fields(text, {**build_sample_values(), **ROOMS}))


def list_fields(text: str) -> list[str]:
    """Return the names of the fields in the text, known or not."""
    return [found[1] for found in FIELD.finditer(text)]


def fill_fields(text: str, values: Mapping[str, str]) -> str:
    """Fill in the values; one that is blank gives way to the field's own fallback. Unknown fields stay as they are."""
    return FIELD.sub(
        lambda found: (
            values[found[1]] or found[2] or "" if found[1] in values else found[0]
        ),
        text,
    )


def list_labels() -> dict[str, object]:
    """Return what each field that there is is called."""
    of_events = {name: field.label for name, field in list_event_fields().items()}
    return {**FIELDS, **of_events}


def list_lacking() -> dict[str, str]:
    """Return the fields that may be blank, each with what the buttons put in for then."""
    of_events = {name: field.fallback for name, field in list_event_fields().items()}
    own = {"name": STANDS_IN, "line_name": STANDS_IN}
    return {**own, **{name: words for name, words in of_events.items() if words}}


def find_unfit_fields(text: str, offered: Collection[str]) -> Iterator[str]:
    """Yield the cause and the remedy where the text names fields of an event that does not start it.

    ``offered``: the names of those that it has.
    """
    unfit = [
        name
        for name in dict.fromkeys(list_fields(text))
        if name in list_event_fields() and name not in offered
    ]
    if unfit:
        given = "、".join(f"{{{name}}}" for name in unfit)
        message = _(
            "差し込み項目%(given)sは、注文や発送をきっかけにするステップメッセージで使えます。きっかけを選ぶか、消してください。"
        )
        yield message % {"given": given}


def check_fields(text: str) -> Iterator[str]:
    """Yield the cause and the remedy where the text names fields that do not exist, with the nearest one that does."""
    labels = list_labels()
    unknown = [name for name in dict.fromkeys(list_fields(text)) if name not in labels]
    if not unknown:
        return
    given = "、".join(f"{{{name}}}" for name in unknown)
    near = [
        found
        for name in unknown
        for found in difflib.get_close_matches(name, labels, 1)
    ]
    offered = dict.fromkeys(near) or FIELDS
    known = "、".join(f"{{{name}}}（{labels[name]}）" for name in offered)
    message = _(
        "差し込み項目%(given)sは使えません。次の項目に直してください：%(known)s"
    )
    yield message % {"given": given, "known": known}
