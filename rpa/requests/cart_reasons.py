"""The reasons that a cart counts by: each has an id there, which the shop names for what its customers choose."""

import re
from collections.abc import Sequence

from members.normalize.text import normalize_text

# 「余っている＝3」: the last sign parts the words from the id, as normalize_text writes it.
LINE = re.compile(r"(?P<words>.*\S)\s*=\s*(?P<number>[0-9A-Za-z_-]{1,20})")


def fold_reason(text: str) -> str:
    """Return the words in the form in which reasons are compared."""
    return "".join(normalize_text(text).casefold().split())


def parse_reasons(text: str) -> tuple[list[list[str]], str]:
    """Return [words, id] of each line of a text, and the first line that is no reason, "" where each is one."""
    found: list[list[str]] = []
    for line in filter(str.strip, text.splitlines()):
        match = LINE.fullmatch(normalize_text(line).strip())
        if not match:
            return found, line.strip()
        found.append([match["words"], match["number"]])
    return found, ""


def write_reasons(ids: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"{words}＝{number}" for words, number in ids)


def find_reason_id(ids: Sequence[Sequence[str]], reason: str) -> str:
    """Return the id of what the customer chose; "" where the shop named none."""
    by_words = {fold_reason(words): number for words, number in ids}
    return by_words.get(fold_reason(reason), "") if reason.strip() else ""
