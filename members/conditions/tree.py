"""Conditions: one small language that says which members, for lists, steps, broadcasts and exports.

A condition is JSON: ``{"all": […]}``, ``{"any": […]}``, ``{"not": …}`` around leaves ``{"field", "op", "value"}``.
Nothing, ``{}`` and ``{"all": []}`` mean everybody. Fields: members/conditions/registry.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from members.conditions.kinds.base import BadCondition, DanglingCondition
from members.conditions.registry import get_condition_field

__all__ = ["BadCondition", "DanglingCondition", "get_condition_field"]

Condition = Mapping[str, Any]
DEEPEST, MOST = 8, 200


def check_condition(node: Condition | None) -> None:
    """Raise BadCondition unless every part is understood; it does not look whether the rows it names still exist."""
    check_shape(node)
    check_size(node)
    for leaf in walk_leaves(node):
        get_condition_field(leaf["field"]).way(leaf["op"], leaf["value"])


def check_shape(node: Any, depth: int = 0) -> None:
    if node is None or node == {}:
        return
    if depth > DEEPEST or not isinstance(node, Mapping):
        raise BadCondition(
            f"Not a condition, or nested deeper than {DEEPEST}: {type(node).__name__}"
        )
    if "field" in node:
        if set(node) != {"field", "op", "value"}:
            raise BadCondition("“field”, “op” and “value” were expected.")
        return
    if len(node) != 1 or not node.keys() <= {"all", "any", "not"}:
        raise BadCondition(
            f"“all”, “any” or “not” was expected: {sorted(map(str, node))[:5]}"
        )
    word, parts = next(iter(node.items()))
    parts = [parts] if word == "not" else parts
    if not isinstance(parts, list) or not all(parts):
        raise BadCondition(f"“{word}” with an empty part.")
    for part in parts:
        check_shape(part, depth + 1)


def check_size(node: Condition | None) -> None:
    """Raise BadCondition for too many parts.

    A packed URL could hold thousands, and each of them is a question to the database.
    """
    if sum(1 for _leaf in walk_leaves(node)) > MOST:
        raise BadCondition(f"More than {MOST} parts.")


def walk_leaves(node: Condition | None) -> Iterator[Condition]:
    if not node:
        return
    if "field" in node:
        yield node
        return
    word, parts = next(iter(node.items()))
    for part in [parts] if word == "not" else parts:
        yield from walk_leaves(part)


def list_condition_parts(condition: Condition | None) -> list[Condition]:
    """Return what must all be true: the parts of the outermost “all”, or the condition itself."""
    if not condition:
        return []
    return list(condition["all"]) if "all" in condition else [condition]
