"""A condition asked of values in hand."""

from typing import Any

import pytest

from members.conditions.evaluate import evaluate_condition
from members.conditions.kinds.base import BadCondition

VALUES = {"a": ["x", "y"], "b": "z", "n": 5, "none": "", "empty": []}


def leaf(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


@pytest.mark.parametrize(
    ("tree", "fits"),
    [
        (None, True),
        ({}, True),
        ({"all": []}, True),
        (leaf("a", "in", ["y"]), True),
        (leaf("a", "in", ["z"]), False),
        (leaf("b", "in", ["z", "q"]), True),
        (leaf("a", "not_in", ["x"]), False),
        (leaf("gone", "in", ["x"]), False),
        (leaf("gone", "not_in", ["x"]), True),
        (leaf("none", "empty", True), True),
        (leaf("empty", "filled", True), False),
        (leaf("n", "between", [1, 5]), True),
        (leaf("n", "at_least", 6), False),
        (leaf("n", "at_most", 5), True),
        (leaf("b", "equals", "z"), True),
        ({"not": leaf("b", "equals", "z")}, False),
        ({"all": [leaf("a", "in", ["x"]), leaf("b", "in", ["q"])]}, False),
        ({"any": [leaf("a", "in", ["q"]), leaf("b", "in", ["z"])]}, True),
    ],
)
def test_what_fits(tree: dict[str, Any] | None, fits: bool) -> None:
    assert evaluate_condition(tree, VALUES) == fits


@pytest.mark.parametrize("tree", [leaf("a", "rhymes", "x"), {"some": []}])
def test_what_is_not_understood(tree: dict[str, Any]) -> None:
    with pytest.raises(BadCondition):
        evaluate_condition(tree, VALUES)
