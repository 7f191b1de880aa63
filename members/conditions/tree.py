"""Conditions: one small language that says which members, for lists, steps, broadcasts and exports.

A condition is JSON: ``{"all": […]}``, ``{"any": […]}``, ``{"not": …}`` around leaves ``{"field", "op", "value"}``.
Nothing, ``{}`` and ``{"all": []}`` mean everybody. Fields: members/conditions/registry.py.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from members.attributes.definitions import get_archived_keys
from members.conditions.kinds.base import BadCondition, DanglingCondition
from members.conditions.registry import get_condition_field
from members.models import Member
from operators.masking import is_masked

__all__ = ["BadCondition", "DanglingCondition", "get_condition_field"]

Condition = Mapping[str, Any]
DEEPEST, MOST = 8, 200
# A longer condition is packed: a server accepts a URL of 4,000 characters.
LONGEST, UNPACKED = 1_000, 200_000
# Django drops an empty Q from the Q around it, even from a “not”; this one it does not drop.
EVERYBODY = ~Q(pk__in=[])
ALIVE = Q(deleted_at=None)
# What compares with a piece of a text.
PIECES = frozenset({"contains", "lacks", "starts"})


# ---------------------------------------------------------------- to a queryset
def filter_members(
    members: QuerySet[Member], condition: Condition | None
) -> QuerySet[Member]:
    """Return the members of the queryset who fit the condition.

    Deleted members are found only where a leaf of the field ``deleted`` names them; within an “any”, only by the parts
    that do. Members who were merged into another are never found.

    Raise BadCondition. What names things that are gone raises it too: leaving that out would find more members.
    """
    check_condition(condition)
    items = {
        get_condition_field(leaf["field"]).item for leaf in walk_leaves(condition)
    } - {""}
    if items and items & get_archived_keys():
        raise DanglingCondition("The condition asks about an item that is archived.")
    for leaf in walk_leaves(condition):
        if (
            get_condition_field(leaf["field"])
            .way(leaf["op"], leaf["value"])
            .kind.missing(leaf["value"])
        ):
            raise DanglingCondition(
                f"What the condition names is no longer there: {leaf['field']} {leaf['op']}"
            )
    if is_masked():
        refuse_guesses(condition)
    if not condition:
        return members.filter(ALIVE)
    if may_include_deleted(condition):
        return members.filter(_compile_scoped_node(condition), merged_into=None)
    return members.filter(ALIVE, _compile_node(condition))


def refuse_guesses(condition: Condition | None) -> None:
    """Raise BadCondition where a part asks for a piece of a text, or a stretch of birthdays.

    Whoever may not see personal data could find out a value bit by bit, by how many are found.
    """
    for leaf in walk_leaves(condition):
        if leaf["field"] == "text":  # the search compares whole values then
            continue
        if leaf["op"] in PIECES or leaf["field"].startswith("birth"):
            raise BadCondition(f"Not without personal data: {leaf['field']}")


def _compile_node(node: Condition) -> Q:
    if "all" in node:
        return Q(*(_compile_node(part) for part in node["all"])) or EVERYBODY
    if "any" in node:
        return (
            Q(*(_compile_node(part) for part in node["any"]), _connector=Q.OR)
            or EVERYBODY
        )
    if "not" in node:
        return ~_compile_node(node["not"])
    return get_condition_field(node["field"]).compile(node["op"], node["value"])


def may_include_deleted(condition: Condition | None) -> bool:
    return any(leaf["field"] == "deleted" for leaf in walk_leaves(condition))


def _compile_scoped_node(node: Condition) -> Q:
    """Compile a node some leaf of which names deleted members.

    The parts of an “any” that say nothing of deleted members mean the members who are not deleted.
    """
    if not may_include_deleted(node):
        return ALIVE & _compile_node(node)
    if "any" in node:
        return Q(*(_compile_scoped_node(part) for part in node["any"]), _connector=Q.OR)
    if "all" in node:
        return Q(
            *(
                _compile_scoped_node(part)
                if may_include_deleted(part)
                else _compile_node(part)
                for part in node["all"]
            )
        )
    return ~_compile_scoped_node(node["not"]) if "not" in node else _compile_node(node)


# ---------------------------------------------------------------- is it one?
def check_condition(node: Condition | None) -> None:
    """Raise BadCondition unless every part is understood; it does not look whether the rows it names still exist."""
    _check_shape(node)
    _check_size(node)
    for leaf in walk_leaves(node):
        get_condition_field(leaf["field"]).way(leaf["op"], leaf["value"])


def _check_shape(node: Any, depth: int = 0) -> None:
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
        _check_shape(part, depth + 1)


def _check_size(node: Condition | None) -> None:
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


# ---------------------------------------------------------------- in a URL
def encode_condition(condition: Condition) -> str:
    """Return the condition as one parameter of a URL. It holds random keys where a value would identify a person."""
    text = json.dumps(
        _map_values(condition, _encode_value), ensure_ascii=False, separators=(",", ":")
    )
    if len(text) <= LONGEST:
        return text
    return "~" + base64.urlsafe_b64encode(
        zlib.compress(text.encode(), 9)
    ).decode().rstrip("=")


def decode_condition(text: str) -> Condition:
    """Return the condition that ``encode_condition`` wrote. Raise BadCondition for anything else."""
    try:
        condition = json.loads(
            _unpack_condition(text) if text.startswith("~") else text
        )
    except (ValueError, RecursionError, zlib.error) as error:
        raise BadCondition("The condition in the address cannot be read.") from error
    _check_shape(condition)
    _check_size(condition)
    condition = _map_values(condition, _decode_value) if condition else {}
    check_condition(condition)
    return dict(condition)


def _unpack_condition(text: str) -> str:
    try:
        packed = base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4))
    except binascii.Error as error:
        raise ValueError from error
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(packed, UNPACKED)
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ValueError("too long, or cut off")
    return data.decode()


def _map_values(node: Condition, change: Callable[[Condition], Any]) -> Condition:
    """Return the tree with the value of each leaf replaced."""
    if not node:
        return {}
    if "field" in node:
        return {**node, "value": change(node)}
    word, parts = next(iter(node.items()))
    return {
        word: _map_values(parts, change)
        if word == "not"
        else [_map_values(part, change) for part in parts]
    }


def _encode_value(leaf: Condition) -> Any:
    return (
        get_condition_field(leaf["field"])
        .way(leaf["op"], leaf["value"])
        .kind.to_url(leaf["value"])
    )


def _decode_value(leaf: Condition) -> Any:
    return get_condition_field(leaf["field"]).from_url(leaf["op"], leaf["value"])
