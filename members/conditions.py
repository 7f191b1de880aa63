"""Which members: one small language for lists, steps, broadcasts and exports.

A condition is JSON: ``{"all": […]}``, ``{"any": […]}``, ``{"not": …}`` around leaves ``{"field", "op", "value"}``.
Nothing, ``{}`` and ``{"all": []}`` mean everybody. Apps above add fields with ``register``.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from members.models import Member

Condition = Mapping[str, Any]
DEEPEST = 8
# An empty Q is dropped by what stands around it, a “not” included.
EVERYBODY = ~Q(pk__in=[])


class BadCondition(ValueError):
    """A condition that says nothing this version understands; the message names the part."""


@dataclass(frozen=True)
class Field:
    """One thing to ask about a member.

    ``compile(op, value)``: the Q on Member. ``say(op, value)``: (label, value) as on a chip. ``check`` raises
    BadCondition.
    ``sentence(op, value)``: the whole as words, ending in 会員; default 「label：value」.
    """

    name: str
    ops: tuple[str, ...]
    compile: Callable[[str, Any], Q]
    say: Callable[[str, Any], tuple[str, str]]
    check: Callable[[str, Any], None]
    sentence: Callable[[str, Any], str] | None = None
    # How the value stands in a URL (tags by their public ids), and back.
    to_url: Callable[[Any], Any] = lambda value: value
    from_url: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True)
class Chip:
    """One leaf as a chip: a label and its value. ``leaf`` is what removing the chip takes away."""

    label: str
    value: str
    leaf: Condition


FIELDS: dict[str, Field] = {}


def register(field: Field) -> None:
    FIELDS[field.name] = field


def narrow(members: QuerySet[Member], condition: Condition | None) -> QuerySet[Member]:
    """The members of the queryset that fit; deleted ones only where a leaf names them. Raises BadCondition."""
    check(condition)
    if not any(leaf["field"] == "deleted" for leaf in leaves(condition)):
        members = members.filter(deleted_at=None)
    return members.filter(compile_node(condition)) if condition else members


def compile_node(node: Condition) -> Q:
    if "all" in node:
        return Q(*(compile_node(part) for part in node["all"])) or EVERYBODY
    if "any" in node:
        return Q(*(compile_node(part) for part in node["any"]), _connector=Q.OR) or EVERYBODY
    if "not" in node:
        return ~compile_node(node["not"])
    return FIELDS[node["field"]].compile(node["op"], node["value"])


def check(node: Condition | None) -> None:
    """Raises BadCondition unless every part is understood. Whether the rows it names still exist is not asked."""
    check_shape(node)
    for leaf in leaves(node):
        check_leaf(leaf)


def check_shape(node: Condition | None, depth: int = 0) -> None:
    if not node:
        return
    if depth > DEEPEST or not isinstance(node, Mapping):
        raise BadCondition(f"Not a condition, or nested deeper than {DEEPEST}: {type(node).__name__}")
    if "field" in node:
        return
    if len(node) != 1 or not node.keys() <= {"all", "any", "not"}:
        raise BadCondition(f"“all”, “any” or “not” was expected: {sorted(node)}")
    word, parts = next(iter(node.items()))
    parts = [parts] if word == "not" else parts
    if not isinstance(parts, list) or not all(parts):
        raise BadCondition(f"“{word}” with an empty part.")
    for part in parts:
        check_shape(part, depth + 1)


def check_leaf(leaf: Condition) -> None:
    field = FIELDS.get(str(leaf.get("field")))
    if not field or leaf.get("op") not in field.ops or "value" not in leaf:
        raise BadCondition(f"Unknown field or operator: {leaf.get('field')!r} {leaf.get('op')!r}")
    field.check(leaf["op"], leaf["value"])


def leaves(node: Condition | None) -> Iterator[Condition]:
    if not node:
        return
    if "field" in node:
        yield node
    for part in node.get("all", []) or node.get("any", []) or ([node["not"]] if "not" in node else []):
        yield from leaves(part)


# ---------------------------------------------------------------- in a URL
def encode(condition: Condition) -> str:
    """The condition as one parameter of a URL. Values that name a person stand behind random keys already."""
    return json.dumps(mapped(condition, "to_url"), ensure_ascii=False, separators=(",", ":"))


def decode(text: str) -> Condition:
    """What ``encode`` wrote. Raises BadCondition for anything else."""
    try:
        condition = json.loads(text)
    except ValueError as error:
        raise BadCondition("The condition in the address cannot be read.") from error
    check_shape(condition)
    condition = mapped(condition, "from_url")
    check(condition)
    return condition


def mapped(node: Any, way: str) -> Any:
    if "field" in node:
        field = FIELDS.get(node["field"])
        return {**node, "value": getattr(field, way)(node["value"])} if field else node
    if "not" in node:
        return {"not": mapped(node["not"], way)}
    return {word: [mapped(part, way) for part in parts] for word, parts in node.items()}


# ---------------------------------------------------------------- in words
def chips(condition: Condition | None) -> list[Chip]:
    return [Chip(*FIELDS[leaf["field"]].say(leaf["op"], leaf["value"]), leaf) for leaf in leaves(condition)]


def sentence(condition: Condition | None) -> str:
    """「次のタグ「連携済み」を含まない会員（すべて）」, in the language of the page."""
    return spoken(condition) if condition and any(leaves(condition)) else _("すべての会員")


def spoken(node: Condition) -> str:
    if "all" in node:
        return _("、かつ").join(bracketed(part) for part in node["all"])
    if "any" in node:
        return _("、または").join(bracketed(part) for part in node["any"])
    if "not" in node:
        return _("「%(condition)s」に当てはまらない会員") % {"condition": spoken(node["not"])}
    field = FIELDS[node["field"]]
    if field.sentence:
        return field.sentence(node["op"], node["value"])
    label, value = field.say(node["op"], node["value"])
    return _("%(label)sが%(value)sの会員") % {"label": label, "value": value}


def bracketed(node: Condition) -> str:
    several = len(node.get("all", node.get("any", []))) > 1
    return _("（%(condition)s）") % {"condition": spoken(node)} if several else spoken(node)
