"""Whole columns by one pattern decide as each value by itself would."""

import pytest

from members.attributes.kinds import LONGEST_TEXT
from members.imports.check.clean import (
    LINE_IDS,
    TEXTS,
    _build_name_pattern,
    _find_odd_lines,
)
from members.normalize.emails import normalize_email
from members.normalize.lines import MOST_LINES, compile_lines
from members.valuelists.parse import COMMON_EMAILS, parse_value_list

ADDRESSES = [
    "hanako@example.jp",
    "h.a-n+a_ko@mail-1.example.co.jp",
    "1@2.jp",
    "a@b.co",
    f"a@{'b' * 57}.jp",
]
WRONG = [
    "@example.jp", "hanako@", "hanako", "a@@example.jp", "a@b@example.jp", "a..b@example.jp", ".a@example.jp",
    "a.@example.jp", "a@example..jp", "a@-example.jp", "a@example-.jp", "a@example", "a@example.j", "a@example.jp.",
    "a@example.1", "a@example.test", "a@ex--ample.jp", "a@b.c-om", "a b@example.jp",
]  # fmt: skip


def test_the_usual_addresses() -> None:
    assert _find_odd_lines(COMMON_EMAILS, "\n".join(ADDRESSES)) == set()
    assert [normalize_email(address) for address in ADDRESSES] == ADDRESSES


@pytest.mark.parametrize("address", [*WRONG, "Hanako@example.jp", f"a@{'b' * 61}.jp"])
def test_no_other_address_is_usual(address: str) -> None:
    """Neither alone nor between usual ones."""
    text = "\n".join(["a@example.jp", address, "b@example.jp"])
    assert _find_odd_lines(COMMON_EMAILS, text) == {address}


def test_pasted_addresses_are_judged_as_one_by_one() -> None:
    given = [*ADDRESSES, "HANAKO@Example.JP", *WRONG[:-1]]
    found = parse_value_list("\n".join(given))
    keys = [normalize_email(address) for address in given]
    assert found.keys == list(dict.fromkeys(filter(None, keys)))
    # The library knows a thorough answer for two that the pattern leaves to it.
    assert found.keys == [*ADDRESSES, "a@example.j", "a@b.c-om"]
    assert found.wrong == [a for a, key in zip(given, keys, strict=True) if not key]
    assert (found.given, found.duplicate) == (len(given), 1)


def test_the_other_forms() -> None:
    most = "長" * LONGEST_TEXT
    assert _find_odd_lines(TEXTS, f"ok\n{most}\n{most}長\n 空白\n'式\nあ い") == {
        f"{most}長",
        " 空白",
        "'式",
    }
    line = "U" + "0" * 32
    assert _find_odd_lines(LINE_IDS, f"{line}\n{line}0\n{line[:-1]}\nu{line[1:]}") == {
        f"{line}0",
        line[:-1],
        f"u{line[1:]}",
    }
    long = "山" * 100
    assert _find_odd_lines(
        _build_name_pattern(), f"山田 花子\n{long}\n{long}山\n山田  花子\n 山田"
    ) == {
        f"{long}山",
        "山田  花子",
        " 山田",
    }


def test_more_lines_than_one_match_takes() -> None:
    lines = compile_lines("a+")
    text = "aaa\n" * (2 * MOST_LINES + 5)
    assert lines.sub("", text) == ""
    assert lines.sub("", f"{text}b\n{text}") == "b\n"


@pytest.mark.parametrize(
    "text",
    [part * 200_000 for part in ("a", "a.", "a@", "a-", "a@a.", "a@a-", "1\n", "山 ")],
)
def test_long_hostile_texts(text: str) -> None:
    """Time grows with the length alone: a line that is too long is given up after its first letters."""
    for lines in (COMMON_EMAILS, LINE_IDS, _build_name_pattern()):
        assert lines.sub("", f"{text}!\n") == f"{text}!\n"
