"""Numbers as people and spreadsheets show them: 「¥1,200」, 「１，２００ 円」, 「△1,200」, 「(1,200.5)」."""

import re

from members.normalize.text import normalize_text

UNITS = "円回個点件名歳本枚"
# Bookkeepers write △ before what is below zero, or put it in parentheses.
MINUS = "-−‐‑–△▲"
LONGEST_NUMBER = 40
SHOWN = re.compile(
    rf"(?P<open>\()? ?(?P<sign>[{MINUS}+]?) ?[¥\\$]? ?(?P<second>[{MINUS}+]?)"
    r"(?P<digits>\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+)"
    rf" ?(?P<unit>[{UNITS}]?) ?(?P<close>\))?(?P<behind>[{UNITS}]?)"
)


def clean_number(text: str, units: str = UNITS) -> str:
    """Return 「△1,200円」 as "-1200"; "" for what is no number, such as 「1,2,3」 and 「1.200,50」.

    Commas and blanks are taken out between thousands alone. ``units``: the words that may stand behind it.
    """
    typed = normalize_text(text)
    if len(typed) > LONGEST_NUMBER or not (found := SHOWN.fullmatch(typed)):
        return ""
    is_closed = bool(found["open"])
    signs = found["sign"] + found["second"]
    unit = found["unit"] + found["behind"]
    if is_closed != bool(found["close"]) or len(signs) + is_closed > 1:
        return ""
    if len(unit) > 1 or unit not in ("", *units):
        return ""
    minus = "-" if is_closed or (signs and signs in MINUS) else ""
    return minus + re.sub("[, ]", "", found["digits"])
