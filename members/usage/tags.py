"""Where tags are used: shown before one is merged or deleted, and what keeps it from being deleted.

Found by walking the models for the columns that name tags (members/models/fields.py); only the params of jobs, which
are no columns, have a reader of their own.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q, UniqueConstraint

from members.models import Tag
from members.models.fields import (
    ConditionField,
    UsageColumn,
    UsedKey,
    list_columns,
    list_keys,
)
from members.usage import in_jobs
from members.usage.condition_tags import collect_condition_tags, replace_condition_tags
from members.usage.rows import Usage, describe_usage, list_rows


def find_tag_usage(tags: Collection[Tag]) -> dict[int, list[Usage]]:
    """Return the uses of each of these tags, by its id, in a fixed number of queries."""
    found: dict[int, list[Usage]] = {tag.pk: [] for tag in tags}
    for tag_id, use in find_usage_of_tags(found.keys()):
        found[tag_id].append(use)
    return found


def find_usage_of_tags(ids: Collection[int]) -> Iterable[tuple[int, Usage]]:
    """Yield the uses of these tags: this app's, those of its jobs, those of the apps above."""
    columns: list[UsageColumn] = list(list_columns(UsedKey, ConditionField))
    own = [each for each in columns if each.model._meta.app_label == "members"]
    for column in own:
        yield from find_tags_in_column(column, ids)
    yield from in_jobs.find_tag_usage_in_jobs(ids)
    for column in columns:
        if column not in own:
            yield from find_tags_in_column(column, ids)


def find_tags_in_column(
    column: UsageColumn, ids: Collection[int]
) -> Iterable[tuple[int, Usage]]:
    """Yield the uses of these tags by the rows of one table."""
    if isinstance(column, ConditionField):
        for row in list_rows(column):
            for tag_id in sorted(
                collect_condition_tags(getattr(row, column.attname)) & set(ids)
            ):
                yield tag_id, describe_usage(column, row)
    elif isinstance(column, UsedKey) and column.related_model is Tag:
        for row in list_rows(column).filter(**{f"{column.attname}__in": list(ids)}):
            yield getattr(row, column.attname), describe_usage(column, row)


# ---------------------------------------------------------------- when tags are merged
def replace_tags(olds: Collection[int], new: Tag) -> None:
    """Put ``new`` in the place of the others wherever they stand, within the caller's transaction."""
    for key in list_keys(Tag):
        replace_in_keys(key, olds, new)
    for column in list_columns(ConditionField):
        replace_in_conditions(column, olds, new)
    in_jobs.replace_tags_in_jobs(olds, new)


def replace_in_keys(key: UsedKey, olds: Collection[int], new: Tag) -> None:
    """Let the rows name ``new``; of those that a constraint would take for the same one stays."""
    rows = key.model._default_manager.filter(**{f"{key.attname}__in": [*olds, new.pk]})
    doubles = find_doubles(key, rows.order_by(*key.prefer, "pk"))
    rows.filter(pk__in=doubles).delete()
    rows.exclude(**{key.attname: new.pk}).update(**{key.attname: new.pk})


def find_doubles(key: UsedKey, rows: Any) -> set[Any]:
    """Return the primary keys of the rows that would be doubles if all of them named the same tag."""
    doubles: set[Any] = set()
    for columns, condition in list_unique_sets(key):
        seen = set()
        for pk, *values in rows.filter(condition).values_list("pk", *columns):
            if pk in doubles or None in values:
                continue
            if tuple(values) in seen:
                doubles.add(pk)
            seen.add(tuple(values))
    return doubles


def list_unique_sets(key: UsedKey) -> Iterable[tuple[tuple[str, ...], Q]]:
    """Yield which other columns two rows with the same tag must not agree in, and under which condition."""
    if key.unique:
        yield (), Q()
    for constraint in key.model._meta.constraints:
        if isinstance(constraint, UniqueConstraint) and key.name in constraint.fields:
            others = (
                name for name in constraint.fields if name not in (key.name, "tenant")
            )
            yield tuple(others), constraint.condition or Q()


def replace_in_conditions(
    column: ConditionField, olds: Collection[int], new: Tag
) -> None:
    """Rewrite the conditions that name one of ``olds``."""
    for row in column.model._default_manager.select_for_update(no_key=True):
        condition = getattr(row, column.attname)
        if collect_condition_tags(condition) & set(olds):
            setattr(
                row,
                column.attname,
                replace_condition_tags(condition, set(olds), new.pk),
            )
            row.save(update_fields=[column.name])
