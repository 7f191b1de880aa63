"""Attributes that conditions name: 「attr:<public id>」, or the own name of a system attribute."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from members.attributes.definitions import key_of
from members.conditions.tree import leaves
from members.models import Attribute
from members.usage import in_segments
from members.usage.registry import Use


def condition_attribute_uses(
    rows: Iterable[Any], attributes: Collection[Attribute], use: Callable[[Any], Use]
) -> Iterable[tuple[str, Use]]:
    """Yield attribute key and usage, for rows that have a ``condition``."""
    names = {
        each.system or f"attr:{each.public_id}": key_of(each) for each in attributes
    }
    for row in rows:
        for name in dict.fromkeys(leaf["field"] for leaf in leaves(row.condition)):
            if name in names:
                yield names[name], use(row)


def uses(attributes: Collection[Attribute]) -> Iterable[tuple[str, Use]]:
    return condition_attribute_uses(
        in_segments.segments(), attributes, in_segments.user()
    )
