"""Comparing texts that are stored as typed: width, invisible characters and signs that look the same do not count."""

from django.db.models import CharField, TextField, Transform

from members.normalize.text import SAME_SIGNS, normalize_text

# As in members/normalize/text.py: INVISIBLE.
INVISIBLE = r"\u00AD\u180E\uFEFF\u200B-\u200F\u202A-\u202E\u2060-\u206F"
SIGNS = ("".join(map(chr, SAME_SIGNS)), "".join(map(chr, SAME_SIGNS.values())))


class Folded(Transform):
    """``text__folded``: the column as ``fold_stored_text`` would write it."""

    lookup_name = "folded"
    template = (
        f"translate(regexp_replace(normalize(%(expressions)s, NFKC), '[{INVISIBLE}]+', '', 'g'),"
        f" '{SIGNS[0]}', '{SIGNS[1]}')"
    )


CharField.register_lookup(Folded)
TextField.register_lookup(Folded)


def fold_stored_text(text: str) -> str:
    return normalize_text(text).translate(SAME_SIGNS)
