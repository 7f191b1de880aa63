"""Attributes that conditions name: 「attr:<public id>」, or the own name of a system attribute."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from members.attributes.definitions import get_attribute_key
from members.conditions.tree import walk_leaves
from members.models import Attribute
from members.usage import in_segments
from members.usage.registry import Usage


def find_attribute_usage_in_conditions(
    rows: Iterable[Any], attributes: Collection[Attribute], use: Callable[[Any], Usage]
) -> Iterable[tuple[str, Usage]]:
    """Yield attribute key and usage, for rows that have a ``condition``."""
    names = {
        each.system or f"attr:{each.public_id}": get_attribute_key(each)
        for each in attributes
    }
    for row in rows:
        for name in dict.fromkeys(leaf["field"] for leaf in walk_leaves(row.condition)):
            if name in names:
                yield names[name], use(row)


def find_attribute_usage_in_segments(
    attributes: Collection[Attribute],
) -> Iterable[tuple[str, Usage]]:
    return find_attribute_usage_in_conditions(
        in_segments.select_all_segments(),
        attributes,
        in_segments.build_segment_describer(),
    )
