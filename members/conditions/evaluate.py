"""A condition asked of one set of values in Python, where there is no row to ask: a form being filled in.

The same tree as in members/conditions/tree.py; its fields are the keys of ``values`` and no registry knows them.
"""

from collections.abc import Collection, Mapping
from typing import Any

from members.conditions.kinds.base import BadCondition

Values = Mapping[str, Any]


def evaluate_condition(node: Mapping[str, Any] | None, values: Values) -> bool:
    """Return whether the values fit the condition; an empty one they always fit.

    A value may be one or a collection of several, of which one must fit; a missing one fits ``not_in`` and ``empty``
    alone. Raise BadCondition for an operator or a shape that is not known.
    """
    if not node:
        return True
    if "field" in node:
        return _evaluate_leaf(node["op"], _list_values(values, node["field"]), node)
    word, parts = next(iter(node.items()))
    if word == "all":
        return all(evaluate_condition(part, values) for part in parts)
    if word == "any":
        return any(evaluate_condition(part, values) for part in parts)
    if word == "not":
        return not evaluate_condition(parts, values)
    raise BadCondition(f"“all”, “any” or “not” was expected: {word!r}")


def _list_values(values: Values, field: str) -> list[Any]:
    given = values.get(field)
    if isinstance(given, Collection) and not isinstance(given, str):
        found = list(given)
    else:
        found = [given]
    return [each for each in found if each not in (None, "")]


def _evaluate_leaf(op: str, given: list[Any], node: Mapping[str, Any]) -> bool:
    wanted = node["value"]
    if op in ("empty", "filled"):
        return bool(given) == (op == "filled")
    if op in ("in", "not_in"):
        return any(each in wanted for each in given) == (op == "in")
    if op == "between":
        return any(wanted[0] <= each <= wanted[1] for each in given)
    if op == "equals":
        return any(each == wanted for each in given)
    if op == "at_least":
        return any(each >= wanted for each in given)
    if op == "at_most":
        return any(each <= wanted for each in given)
    raise BadCondition(f"No value in hand can be asked {op!r}.")
