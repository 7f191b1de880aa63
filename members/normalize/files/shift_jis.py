"""Names that come back from our own files in Shift_JIS with 〓 for each character that it does not know."""

from collections.abc import Iterable

from jobs.files.formula_guard import SHAPES
from jobs.files.writers import EQUIVALENTS, REPLACEMENT
from members.normalize.names import normalize_label


def write_in_shift_jis(text: str) -> str:
    """Return the text as our own file in Shift_JIS writes it."""
    return "".join(map(_write_sign, text))


def _write_sign(sign: str) -> str:
    try:
        return sign.encode("cp932").decode("cp932")
    except UnicodeEncodeError:
        return EQUIVALENTS.get(sign, "" if sign in SHAPES else REPLACEMENT)


def restore_name(name: str, known: Iterable[str]) -> str:
    """Return the only one of the known names that is written so, where the name has a 〓; else the name itself."""
    if REPLACEMENT not in name:
        return name
    key = normalize_label(name)
    found = [one for one in known if normalize_label(write_in_shift_jis(one)) == key]
    return found[0] if len(found) == 1 else name
