"""Conditions in words: chips for the list, a sentence for whoever reads or confirms."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from members.attributes.definitions import archived_keys
from members.conditions.kinds import BadCondition
from members.conditions.registry import field_of
from members.conditions.tree import Condition, leaves, parts_of


@dataclass(frozen=True)
class Chip:
    """One part of a condition: a label and its value. ``leaf`` is the part that removing the chip takes away."""

    label: str
    value: str
    leaf: Condition


def chips(condition: Condition | None) -> list[Chip]:
    """Return a chip for each of the conditions that must all be true; a group is one chip."""
    return [Chip(*said(part), part) for part in parts_of(condition)]


def said(node: Condition) -> tuple[str, str]:
    if "field" in node:
        return said_leaf(node)
    if "not" in node:
        return _("除く"), brief(node["not"])
    return (_("いずれか"), brief(node)) if "any" in node else (_("すべて"), brief(node))


def said_leaf(leaf: Condition) -> tuple[str, str]:
    """Return label and value of a leaf. The texts say so when it names something that the shop no longer has."""
    try:
        field = field_of(leaf["field"])
        way = field.way(leaf["op"], leaf["value"])
    except BadCondition:
        return _("使えない条件"), _("削除された項目")
    if field.item and field.item in archived_keys():
        return _("使えない条件"), _("保管した項目「%(name)s」") % {"name": field.label}
    return str(field.label), str(way.said) % {"value": way.kind.words(leaf["value"])}


def brief(node: Condition) -> str:
    """Return the condition as 「タグ：A、または、LINEの状態：友だち」."""
    if "field" in node:
        return _("%(label)s：%(value)s") % dict(
            zip(("label", "value"), said_leaf(node), strict=True)
        )
    if "not" in node:
        return _("「%(condition)s」を除く") % {"condition": brief(node["not"])}
    words = _("、または") if "any" in node else _("、かつ")
    return words.join(
        bracketed(part, brief) for part in node.get("any", node.get("all"))
    )


def sentence(condition: Condition | None) -> str:
    """Return a sentence such as 「次のタグ「連携済み」を含まない会員（すべて）」, in the language of the page."""
    return (
        spoken(condition) if condition and any(leaves(condition)) else _("すべての会員")
    )


def spoken(node: Condition) -> str:
    if "all" in node:
        return _("、かつ").join(bracketed(part) for part in node["all"])
    if "any" in node:
        return _("、または").join(bracketed(part) for part in node["any"])
    if "not" in node:
        return _("「%(condition)s」に当てはまらない会員") % {
            "condition": spoken(node["not"])
        }
    try:
        field = field_of(node["field"])
    except BadCondition:
        field = None
    if field and field.sentence:
        return field.sentence(node["op"], node["value"])
    label, value = said_leaf(node)
    return _("%(label)s（%(value)s）の会員") % {"label": label, "value": value}


def bracketed(node: Condition, say: Callable[[Condition], str] = spoken) -> str:
    """Put brackets around a group of several parts, so that one sees where it begins and ends."""
    several = len(node.get("all", node.get("any", []))) > 1
    return _("（%(condition)s）") % {"condition": say(node)} if several else say(node)
