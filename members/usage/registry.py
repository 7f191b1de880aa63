"""Where a tag or an attribute is used. Apps above register what they know in their AppConfig.ready().

The usage is shown before something is merged, archived or deleted. A tag that is used cannot be deleted.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from members.attributes.definitions import get_attribute_key
from members.conditions.tree import walk_leaves
from members.models import Attribute, Tag

LazyText = str | Promise


@dataclass(frozen=True)
class Usage:
    """One place where it is used. ``kind``: what it does there (「フォームで付けるタグ」).

    ``name`` and ``url`` are those of what uses it; they may be lazy.
    """

    kind: LazyText
    name: str
    url: LazyText


@dataclass(frozen=True)
class TagUsageSource:
    """What an app knows of tags.

    ``uses(tag ids)``: pairs of tag id and usage, in a fixed number of queries. ``replace(old ids, tag)``: put ``tag``
    in the place of the others, within the caller's transaction.
    """

    uses: Callable[[Collection[int]], Iterable[tuple[int, Usage]]]
    replace: Callable[[Collection[int], Tag], None]


# Pairs of attribute key and usage. Keys, because system attributes have no row before somebody changes one.
AttributeUsageFinder = Callable[[Collection[Attribute]], Iterable[tuple[str, Usage]]]
TAG_USAGE_SOURCES: dict[str, TagUsageSource] = {}
ATTRIBUTE_USAGE_FINDERS: dict[str, AttributeUsageFinder] = {}


def register_tag_usage(slug: str, user: TagUsageSource) -> None:
    TAG_USAGE_SOURCES[slug] = user


def register_attribute_usage(slug: str, uses: AttributeUsageFinder) -> None:
    ATTRIBUTE_USAGE_FINDERS[slug] = uses


def find_tag_usage(tags: Collection[Tag]) -> dict[int, list[Usage]]:
    """Return tag id → its usage, for every one of ``tags``."""
    found: dict[int, list[Usage]] = {tag.pk: [] for tag in tags}
    for user in TAG_USAGE_SOURCES.values():
        for tag_id, use in user.uses(found.keys()):
            found[tag_id].append(use)
    return found


def find_attribute_usage(attributes: Collection[Attribute]) -> dict[str, list[Usage]]:
    """Return key of an attribute → its usage, for every one of ``attributes``."""
    found: dict[str, list[Usage]] = {
        get_attribute_key(attribute): [] for attribute in attributes
    }
    for uses in ATTRIBUTE_USAGE_FINDERS.values():
        for key, use in uses(attributes):
            found[key].append(use)
    return found


# ---------------------------------------------------------------- tags inside of conditions
def collect_condition_tags(condition: Mapping[str, Any] | None) -> set[int]:
    """Return the ids of the tags that the condition names."""
    return {
        tag_id
        for leaf in walk_leaves(condition)
        if leaf["field"] == "tag"
        for tag_id in leaf["value"]
    }


def replace_condition_tags(node: Any, olds: Collection[int], new: int) -> Any:
    """Return the condition with the tag ``new`` in the place of ``olds``."""
    if not node:
        return node
    if "not" in node:
        return {"not": replace_condition_tags(node["not"], olds, new)}
    if node.get("field") == "tag":
        return {
            **node,
            "value": list(
                dict.fromkeys(
                    new if tag_id in olds else tag_id for tag_id in node["value"]
                )
            ),
        }
    return {word: [replace_condition_tags(part, olds, new) for part in value] if word in ("all", "any") else value
            for word, value in node.items()}  # fmt: skip


def find_tag_usage_in_conditions(
    rows: Iterable[Any], ids: Collection[int], use: Callable[[Any], Usage]
) -> Iterable[tuple[int, Usage]]:
    """Yield tag id and usage, for rows that have a ``condition``."""
    for row in rows:
        for tag_id in sorted(collect_condition_tags(row.condition) & set(ids)):
            yield tag_id, use(row)


def replace_tags_in_conditions(
    rows: Iterable[Any], olds: Collection[int], new: Tag
) -> None:
    for row in rows:
        if collect_condition_tags(row.condition) & set(olds):
            row.condition = replace_condition_tags(row.condition, set(olds), new.pk)
            row.save(update_fields=["condition"])
