"""All kinds of questions: what the product ships, and what apps above hand in (forms_builder/extension.py)."""

from typing import cast

from forms_builder.extension import extensions
from forms_builder.kinds import KINDS
from forms_builder.questions.base import FieldKind
from outbound.kinds import load_kind

_loaded: dict[str, FieldKind] = {}


def list_kinds() -> dict[str, FieldKind]:
    """Return the kinds by their keys, in the order in which they are offered."""
    paths = dict(KINDS)
    for each in extensions.values():
        paths |= each.field_kinds
    return {key: get_kind(key) for key in paths}


def get_kind(key: str) -> FieldKind:
    """Return the kind of this key. Raise KeyError for one that no app ships."""
    if key not in _loaded:
        paths = dict(KINDS)
        for each in extensions.values():
            paths |= each.field_kinds
        _loaded[key] = cast("FieldKind", load_kind(paths, key)(key))
    return _loaded[key]


def has_kind(key: str) -> bool:
    return key in KINDS or any(key in each.field_kinds for each in extensions.values())
