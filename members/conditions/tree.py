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

from members.attributes.definitions import archived_keys
from members.conditions.kinds import BadCondition, Gone
from members.conditions.registry import field_of, register
from members.models import Member

__all__ = ["BadCondition", "Gone", "field_of", "register"]

Condition = Mapping[str, Any]
DEEPEST, MOST = 8, 200
# A longer condition is packed: a server accepts a URL of 4,000 characters.
LONGEST, UNPACKED = 1_000, 200_000
# Django drops an empty Q from the Q around it, even from a “not”; this one it does not drop.
EVERYBODY = ~Q(pk__in=[])
ALIVE = Q(deleted_at=None)


# ---------------------------------------------------------------- to a queryset
def narrow(members: QuerySet[Member], condition: Condition | None) -> QuerySet[Member]:
    """Return the members of the queryset who fit the condition.

    Deleted members are found only where a leaf of the field ``deleted`` names them; within an “any”, only by the parts
    that do. Members who were merged into another are never found.

    Raise BadCondition. What names things that are gone raises it too: leaving that out would find more members.
    """
    check(condition)
    items = {field_of(leaf["field"]).item for leaf in leaves(condition)} - {""}
    if items and items & archived_keys():
        raise Gone("The condition asks about an item that is archived.")
    for leaf in leaves(condition):
        if (
            field_of(leaf["field"])
            .way(leaf["op"], leaf["value"])
            .kind.missing(leaf["value"])
        ):
            raise Gone(
                f"What the condition names is no longer there: {leaf['field']} {leaf['op']}"
            )
    if not condition:
        return members.filter(ALIVE)
    if names_deleted(condition):
        return members.filter(scoped(condition), merged_into=None)
    return members.filter(ALIVE, compile_node(condition))


def compile_node(node: Condition) -> Q:
    if "all" in node:
        return Q(*(compile_node(part) for part in node["all"])) or EVERYBODY
    if "any" in node:
        return (
            Q(*(compile_node(part) for part in node["any"]), _connector=Q.OR)
            or EVERYBODY
        )
    if "not" in node:
        return ~compile_node(node["not"])
    return field_of(node["field"]).compile(node["op"], node["value"])


def names_deleted(condition: Condition | None) -> bool:
    return any(leaf["field"] == "deleted" for leaf in leaves(condition))


def scoped(node: Condition) -> Q:
    """Compile a node some leaf of which names deleted members.

    The parts of an “any” that say nothing of deleted members mean the members who are not deleted.
    """
    if not names_deleted(node):
        return ALIVE & compile_node(node)
    if "any" in node:
        return Q(*(scoped(part) for part in node["any"]), _connector=Q.OR)
    if "all" in node:
        return Q(
            *(
                scoped(part) if names_deleted(part) else compile_node(part)
                for part in node["all"]
            )
        )
    return ~scoped(node["not"]) if "not" in node else compile_node(node)


# ---------------------------------------------------------------- is it one?
def check(node: Condition | None) -> None:
    """Raise BadCondition unless every part is understood; it does not look whether the rows it names still exist."""
    check_shape(node)
    check_size(node)
    for leaf in leaves(node):
        field_of(leaf["field"]).way(leaf["op"], leaf["value"])


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
    if sum(1 for _leaf in leaves(node)) > MOST:
        raise BadCondition(f"More than {MOST} parts.")


def leaves(node: Condition | None) -> Iterator[Condition]:
    if not node:
        return
    if "field" in node:
        yield node
        return
    word, parts = next(iter(node.items()))
    for part in [parts] if word == "not" else parts:
        yield from leaves(part)


def parts_of(condition: Condition | None) -> list[Condition]:
    """Return what must all be true: the parts of the outermost “all”, or the condition itself."""
    if not condition:
        return []
    return list(condition["all"]) if "all" in condition else [condition]


# ---------------------------------------------------------------- in a URL
def encode(condition: Condition) -> str:
    """Return the condition as one parameter of a URL. It holds random keys where a value would identify a person."""
    text = json.dumps(
        mapped(condition, to_url), ensure_ascii=False, separators=(",", ":")
    )
    if len(text) <= LONGEST:
        return text
    return "~" + base64.urlsafe_b64encode(
        zlib.compress(text.encode(), 9)
    ).decode().rstrip("=")


def decode(text: str) -> Condition:
    """Return the condition that ``encode`` wrote. Raise BadCondition for anything else."""
    try:
        condition = json.loads(unpacked(text) if text.startswith("~") else text)
    except (ValueError, RecursionError, zlib.error) as error:
        raise BadCondition("The condition in the address cannot be read.") from error
    check_shape(condition)
    check_size(condition)
    condition = mapped(condition, from_url) if condition else {}
    check(condition)
    return dict(condition)


def unpacked(text: str) -> str:
    try:
        packed = base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4))
    except binascii.Error as error:
        raise ValueError from error
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(packed, UNPACKED)
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ValueError("too long, or cut off")
    return data.decode()


def mapped(node: Condition, change: Callable[[Condition], Any]) -> Condition:
    """Return the tree with the value of each leaf replaced."""
    if not node:
        return {}
    if "field" in node:
        return {**node, "value": change(node)}
    word, parts = next(iter(node.items()))
    return {
        word: mapped(parts, change)
        if word == "not"
        else [mapped(part, change) for part in parts]
    }


def to_url(leaf: Condition) -> Any:
    return (
        field_of(leaf["field"])
        .way(leaf["op"], leaf["value"])
        .kind.to_url(leaf["value"])
    )


def from_url(leaf: Condition) -> Any:
    return field_of(leaf["field"]).from_url(leaf["op"], leaf["value"])
