"""Conditions in words: chips for the list, a sentence for whoever reads or confirms."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from members.attributes.definitions import get_archived_keys
from members.attributes.personal import mask_personal
from members.conditions.kinds.base import BadCondition
from members.conditions.registry import get_condition_field
from members.conditions.tree import Condition, list_condition_parts, walk_leaves
from operators.masking import is_masked


@dataclass(frozen=True)
class ConditionChip:
    """One part of a condition: a label and its value. ``leaf`` is the part that removing the chip takes away."""

    label: str
    value: str
    leaf: Condition


def build_condition_chips(condition: Condition | None) -> list[ConditionChip]:
    """Return a chip for each of the conditions that must all be true; a group is one chip."""
    return [
        ConditionChip(*_describe_part(part), part)
        for part in list_condition_parts(condition)
    ]


def _describe_part(node: Condition) -> tuple[str, str]:
    if "field" in node:
        return _describe_leaf(node)
    if "not" in node:
        return _("除く"), summarize_condition(node["not"])
    return (
        (_("いずれか"), summarize_condition(node))
        if "any" in node
        else (_("すべて"), summarize_condition(node))
    )


def _describe_leaf(leaf: Condition) -> tuple[str, str]:
    """Return label and value of a leaf. The texts say so when it names something that the shop no longer has."""
    try:
        field = get_condition_field(leaf["field"])
        way = field.way(leaf["op"], leaf["value"])
    except BadCondition:
        return _("使えない条件"), _("削除された項目")
    if field.item and field.item in get_archived_keys():
        return _("使えない条件"), _("保管した項目「%(name)s」") % {"name": field.label}
    words = way.kind.words(leaf["value"])
    if field.personal and words and is_masked():
        words = mask_personal(words)
    return str(field.label), str(way.said) % {"value": words}


def summarize_condition(node: Condition) -> str:
    """Return the condition as 「タグ：A、または、LINEの状態：友だち」."""
    if "field" in node:
        return _("%(label)s：%(value)s") % dict(
            zip(("label", "value"), _describe_leaf(node), strict=True)
        )
    if "not" in node:
        return _("「%(condition)s」を除く") % {
            "condition": summarize_condition(node["not"])
        }
    words = _("、または") if "any" in node else _("、かつ")
    return words.join(
        _wrap_group(part, summarize_condition)
        for part in node.get("any", node.get("all"))
    )


def describe_condition(condition: Condition | None) -> str:
    """Return a sentence such as 「次のタグ「連携済み」を含まない会員（すべて）」, in the language of the page."""
    return (
        _describe_node(condition)
        if condition and any(walk_leaves(condition))
        else _("すべての会員")
    )


def _describe_node(node: Condition) -> str:
    if "all" in node:
        return _("、かつ").join(_wrap_group(part) for part in node["all"])
    if "any" in node:
        return _("、または").join(_wrap_group(part) for part in node["any"])
    if "not" in node:
        return _("「%(condition)s」に当てはまらない会員") % {
            "condition": _describe_node(node["not"])
        }
    try:
        field = get_condition_field(node["field"])
    except BadCondition:
        field = None
    if field and field.sentence:
        return field.sentence(node["op"], node["value"])
    label, value = _describe_leaf(node)
    return _("%(label)s（%(value)s）の会員") % {"label": label, "value": value}


def _wrap_group(
    node: Condition, say: Callable[[Condition], str] = _describe_node
) -> str:
    """Put brackets around a group of several parts, so that one sees where it begins and ends."""
    several = len(node.get("all", node.get("any", []))) > 1
    return _("（%(condition)s）") % {"condition": say(node)} if several else say(node)
