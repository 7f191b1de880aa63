"""What says who somebody is, as it is printed: pages, search results, messages and histories all go through here.

Files are written by SQL of their own, which the same descriptions name (MemberField.exported).
"""

from collections.abc import Callable, Mapping
from typing import Any

from members.attributes.member_fields import FIELDS

WHO = "who"


def _show_who(of: Any) -> str:
    """Return what a person is called: by name, else as in LINE, else by number."""
    return str(of)


READERS: dict[str, Callable[[Any], str]] = {
    WHO: _show_who,
    **{key: each.show for key, each in FIELDS.items() if each.personal},
}
# The fields of which pages print what this module says; the attributes among them say who somebody is as well.
PERSONAL = frozenset([*READERS, "kana", "postal_code", "address", "gender"])


def show_personal(of: Any, field: str = WHO) -> str:
    """Return one field of a person as a page prints it; "" for nobody and for nothing.

    ``of``: a member, or whatever has the same columns, such as an answer; a mapping of fields; or the text itself,
    where it was read elsewhere, which may then be of any field. ``field``: "who", or the key of a MemberField, of an
    attribute or of a question. Raise KeyError for one that cannot be read of ``of``.
    """
    if of is None:
        return ""
    if isinstance(of, str):
        return of
    if isinstance(of, Mapping):
        return str(of.get(field) or "")
    return READERS[field](of)
