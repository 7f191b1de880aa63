"""What says who somebody is, as it is printed: pages, search results, messages and histories all go through here.

Files are written by SQL of their own, which the same descriptions name (MemberField.exported).
"""

from collections.abc import Callable, Mapping
from typing import Any

from console.templatetags.kit import masked
from members.attributes.member_fields import FIELDS
from operators.masking import is_masked

WHO = "who"


def _show_who(of: Any) -> str:
    """Return what a person is called: by name, else as in LINE, else by number."""
    return str(of)


READERS: dict[str, Callable[[Any], str]] = {
    WHO: _show_who,
    **{key: each.show for key, each in FIELDS.items() if each.personal},
}
# Of a few choices the first letter says which; what one letter says whole, is hidden whole.
GENDER, HIDDEN = "gender", "***"
# The fields of which pages print what this module says; the attributes among them say who somebody is as well.
PERSONAL = frozenset([*READERS, "kana", "postal_code", "address", GENDER])


def show_personal(of: Any, field: str = WHO) -> str:
    """Return one field of a person as a page prints it; "" for nobody and for nothing.

    ``of``: a member, or whatever has the same columns, such as an answer; a mapping of fields; or the text itself,
    where it was read elsewhere, which may then be of any field. ``field``: "who", or the key of a MemberField, of an
    attribute or of a question. Raise KeyError for one that cannot be read of ``of``.
    """
    text = _read_personal(of, field)
    if not text or not is_masked():
        return text
    return HIDDEN if field == GENDER else mask_personal(text)


def mask_personal(text: str) -> str:
    """Mask a text for who may not see it in clear.

    090-4512-1420 becomes 090-****-1420, hanako@example.jp becomes ha***@example.jp, 山田 花子 becomes 山***, and what
    else has digits ****.
    """
    if "@" in text or any(sign.isdigit() for sign in text):
        return masked(text)
    return f"{text[0]}{HIDDEN}" if len(text) > 1 else HIDDEN


def _read_personal(of: Any, field: str) -> str:
    if of is None:
        return ""
    if isinstance(of, str):
        return of
    if isinstance(of, Mapping):
        return str(of.get(field) or "")
    return READERS[field](of)
