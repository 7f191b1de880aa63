"""Which column is what: guessed from its heading, or remembered from the last file with the same headings."""

import hashlib
from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError

from members.imports.read.columns import IGNORE, AttributeWidget, Target
from members.models import MemberImport
from members.normalize.files.excel_errors import is_error_word
from members.normalize.files.headings import normalize_heading


def hash_header(header: Sequence[str]) -> str:
    """Return the same key for files with the same headings, in whatever order."""
    return hashlib.sha256("\n".join(sorted(header)).encode()).hexdigest()[:32]


def suggest_mapping(
    header: Sequence[str],
    targets: Mapping[str, Target],
    sample: Sequence[Sequence[str]] = (),
) -> dict[str, str]:
    """Return {heading: key of a target}, as the shop mapped these headings last, else as they sound.

    ``sample``: the first rows; a heading says nothing where the values below it are of another kind.
    """
    checked = MemberImport.objects.exclude(
        counts={}
    )  # a mapping that was never checked is no choice
    before = (
        checked.filter(
            settings__header_key=hash_header(header), settings__has_key="mapping"
        )
        .order_by("-created_at")
        .values_list("settings__mapping", flat=True)
        .first()
    )
    if before:
        return {
            name: _find_remembered_target(before.get(name, IGNORE), targets, values)
            for name, values in zip(header, _list_columns(header, sample), strict=True)
        }
    return guess_mapping(header, targets, sample)


def _find_remembered_target(
    key: str, targets: Mapping[str, Target], values: Sequence[str]
) -> str:
    """Return what the shop chose before. The ids of a cart are none of ours, whatever was chosen for other files."""
    if key not in targets or (key == "id" and not _fit_values(targets[key], values)):
        return IGNORE
    return key


def _list_columns(
    header: Sequence[str], sample: Sequence[Sequence[str]]
) -> list[list[str]]:
    """Return the first values of each column."""
    return [
        [row[place] for row in sample if place < len(row)]
        for place in range(len(header))
    ]


def guess_mapping(
    header: Sequence[str],
    targets: Mapping[str, Target],
    sample: Sequence[Sequence[str]] = (),
) -> dict[str, str]:
    """As they sound. What the shop calls an item of its own comes before what files call the others."""
    attributes = {
        normalize_heading(target.label): key
        for key, target in targets.items()
        if isinstance(target.widget, AttributeWidget)
    }
    others = {
        normalize_heading(word): key
        for key, target in reversed(list(targets.items()))
        for word in target.synonyms
    }
    meant = others | attributes
    found: dict[str, str] = {}
    for name, values in zip(header, _list_columns(header, sample), strict=True):
        heading = normalize_heading(name)
        key = meant.get(heading, IGNORE)
        named = heading in attributes  # by the shop itself
        fits = key in targets and (named or _fit_values(targets[key], values))
        found[name] = key if fits and key not in found.values() else IGNORE
    if "name" in found.values():  # a whole name beside its halves: the whole one
        found = {
            name: IGNORE if key in ("family", "given") else key
            for name, key in found.items()
        }
    return found


def _fit_values(target: Target, values: Sequence[str]) -> bool:
    """Return whether any of the values can be what the target holds, or there is none.

    The 会員ID of a cart (1, 2, …) is none of ours. One odd value by itself below any other heading is told as wrong
    and takes the column from nobody.
    """
    filled = [value for value in values if value.strip() and not is_error_word(value)]
    if not filled or (len(filled) == 1 and target.key != "id"):
        return True
    return any(_is_accepted(target, value) for value in filled)


def _is_accepted(target: Target, value: str) -> bool:
    if target.key == "id" and value.strip().isdigit():  # ours are letters and digits
        return False
    try:
        target.widget.clean(value)
    except ValidationError:
        return False
    return True


def find_mapping_problems(mapping: Mapping[str, str]) -> list[str]:
    """Return codes for what is wrong with a mapping (members/screens/imports/forms.py has the texts)."""
    chosen = [key for key in mapping.values() if key != IGNORE]
    codes = ["twice"] if len(chosen) != len(set(chosen)) else []
    if not {"id", "line", "email", "phone"} & set(chosen):
        codes.append("no_key")
    if "name" in chosen and {"family", "given"} & set(chosen):
        codes.append("both_names")
    return codes
