"""Numbers that requests name are read as a person would, and nothing that they may say breaks a page."""

import pytest

from console.numbers import parse_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("042", 42),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("9" * 5000, None),
        ("", None),
        ("-1", None),
        ("1.0", None),
        ("１", None),
        ("²", None),
        ("x", None),
    ],
)
def test_read(text: str, number: int | None) -> None:
    assert parse_number(text) == number


def test_no_more_digits_than_can_be_meant() -> None:
    assert [parse_number(text, digits=3) for text in ("999", "1000")] == [999, None]
