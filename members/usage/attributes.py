"""Where attributes are used: shown before one is archived or deleted, and what keeps it from being archived.

Found by walking the models (members/models/fields.py). An item is named by its key (attributes.key_of): the system's
have no row before somebody changes one.
"""

from collections.abc import Collection, Iterable
from typing import Any

from members.attributes.definitions import get_attribute_key
from members.conditions.tree import walk_leaves
from members.models import Attribute
from members.models.fields import (
    ConditionField,
    ItemNameField,
    UsageColumn,
    UsedKey,
    list_columns,
    list_keys,
)
from members.usage.rows import Usage, describe_usage, list_rows


def find_attribute_usage(attributes: Collection[Attribute]) -> dict[str, list[Usage]]:
    """Return the uses of each of these attributes, by its key, in a fixed number of queries."""
    found: dict[str, list[Usage]] = {
        get_attribute_key(attribute): [] for attribute in attributes
    }
    for column in list_columns(UsedKey, ItemNameField, ConditionField):
        for key, use in find_attributes_in_column(column, attributes):
            found[key].append(use)
    return found


def find_attributes_in_column(
    column: UsageColumn, attributes: Collection[Attribute]
) -> Iterable[tuple[str, Usage]]:
    """Yield the uses by the rows of one table."""
    if isinstance(column, ConditionField):
        return find_in_conditions(column, attributes)
    if isinstance(column, ItemNameField) and column.used_as:
        return find_names(column, attributes, list_rows(column), column.used_as)
    if isinstance(column, UsedKey) and column.related_model is Attribute:
        return find_in_keys(column, attributes)
    return ()


def find_in_conditions(
    column: ConditionField, attributes: Collection[Attribute]
) -> Iterable[tuple[str, Usage]]:
    """Yield the conditions that name one: as 「attr:<public id>」, the system's by their own names."""
    names = {
        each.column or f"attr:{each.public_id}": get_attribute_key(each)
        for each in attributes
    }
    for row in list_rows(column):
        condition = getattr(row, column.attname)
        for name in dict.fromkeys(leaf["field"] for leaf in walk_leaves(condition)):
            if name in names:
                yield names[name], describe_usage(column, row)


def find_names(
    column: ItemNameField, attributes: Collection[Attribute], rows: Any, used_as: Any
) -> Iterable[tuple[str, Usage]]:
    """Yield the rows that name one of the system's items."""
    keys = {each.system: get_attribute_key(each) for each in attributes if each.system}
    for row in rows.filter(**{f"{column.attname}__in": list(keys)}):
        yield keys[getattr(row, column.attname)], describe_usage(column, row, used_as)


def find_in_keys(
    key: UsedKey, attributes: Collection[Attribute]
) -> Iterable[tuple[str, Usage]]:
    """Yield the rows that refer to one."""
    keys = {each.pk: get_attribute_key(each) for each in attributes if each.pk}
    for row in list_rows(key).filter(**{f"{key.attname}__in": list(keys)}):
        yield keys[getattr(row, key.attname)], describe_usage(key, row)


def find_needs(attribute: Attribute) -> Iterable[Usage]:
    """Yield what needs the item as it is, so that it may not be archived."""
    for key in list_keys(Attribute):
        yield from (use for _key, use in find_in_keys(key, [attribute]))
    for column in list_columns(ItemNameField):
        if column.needed_as:
            rows = list_rows(column).filter(column.needed_when)
            named = find_names(column, [attribute], rows, column.needed_as)
            yield from (use for _key, use in named)
