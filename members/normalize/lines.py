"""Whole texts at a time: the lines that are of one form, by one pattern."""

import re

# Repeated without end, every line taken would be remembered until the last one: 1 KB for each.
MOST_LINES = 1_000


def compile_lines(form: str) -> "re.Pattern[str]":
    """Compile the pattern that takes the lines of ``form``, as many as stand together but at most 1,000.

    ``form`` takes one line in one way only, and not its end. No possessive ``++`` in it, nor ``(?>…)``: Python reads
    them wrongly before 3.11.4.
    """
    return re.compile(rf"^(?:{form}\n){{1,{MOST_LINES}}}", re.M)
