"""Number formats of a workbook that show codes: 00000, 000\\-0000, [<=999]000;[<=9999]000\\-00;000\\-0000.

Source: ECMA-376 part 1, 18.8.31 (sections, conditions, ``_x`` leaves a blank as wide as x, ``*x`` fills the cell).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

PART = re.compile(
    r'(?P<digit>[0#?])|\\(?P<escaped>.)|"(?P<quoted>[^"]*)"|_(?P<blank>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<plain>[-+\s()/:!&'~{}])|(?P<end>;)|(?P<other>.)",
    re.DOTALL,
)
CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(\d+(?:\.\d+)?)")
HOLDS: dict[str, Callable[[float, float], bool]] = {
    "<=": lambda number, bound: number <= bound,
    ">=": lambda number, bound: number >= bound,
    "<>": lambda number, bound: number != bound,
    "<": lambda number, bound: number < bound,
    ">": lambda number, bound: number > bound,
    "=": lambda number, bound: number == bound,
}


@dataclass
class Section:
    """``parts``: a placeholder of a digit, or what stands between. ``is_code``: it has nothing but these."""

    parts: list[tuple[bool, str]]
    condition: tuple[str, float] | None = None
    is_code: bool = True

    @property
    def zeros(self) -> int:
        return sum(is_digit and sign == "0" for is_digit, sign in self.parts)

    def holds(self, number: int) -> bool:
        return self.condition is None or HOLDS[self.condition[0]](
            number, self.condition[1]
        )


def parse_code_format(code: str) -> list[Section]:
    """Return the sections of a format that keeps zeros in front; [] for any other."""
    sections = [Section([])]
    for found in PART.finditer(code):
        kind, last = found.lastgroup, sections[-1]
        text = found[kind] if kind else ""
        if kind == "end":
            sections.append(Section([]))
        elif kind == "digit":
            last.parts.append((True, text))
        elif kind == "bracket":
            bound = CONDITION.fullmatch(text)
            last.condition = (bound[1], float(bound[2])) if bound else last.condition
        elif kind == "other":
            last.is_code = False
        elif kind not in ("blank", "fill"):
            last.parts.append((False, text))
    keeps = any(each.is_code and each.zeros > 1 for each in sections)
    return sections if keeps else []


def choose_section(number: int, sections: list[Section]) -> Section:
    """Return the section for a number that is not below zero: by its condition, else by its place."""
    if any(each.condition for each in sections):
        return next((each for each in sections if each.holds(number)), sections[-1])
    return sections[2] if number == 0 and len(sections) > 2 else sections[0]


def show_code(number: int, sections: list[Section]) -> str:
    """Return 123 under 00000 as "00123", and 1500001 under 000\\-0000 as "150-0001"."""
    section = choose_section(number, sections) if number >= 0 else None
    if section is None or not section.is_code:
        return str(number)
    places = [sign for is_digit, sign in section.parts if is_digit]
    digits: list[str] = list(str(number) if number or "0" not in places else "")
    if not places:
        return "".join(text for _is, text in section.parts).strip()
    surplus = "".join(digits[: max(len(digits) - len(places), 0)])
    rest = digits[len(surplus) :]
    filled = [
        {"0": "0", "?": " "}.get(sign, "") for sign in places[: len(places) - len(rest)]
    ] + rest
    filled[0] = surplus + filled[0]
    return "".join(
        filled.pop(0) if is_digit else text for is_digit, text in section.parts
    ).strip()
