"""Where a tag or an attribute is used. Apps above register what they know in their AppConfig.ready().

The usage is shown before something is merged, archived or deleted. A tag that is used cannot be deleted.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from members.attributes.definitions import key_of
from members.conditions.tree import leaves
from members.models import Attribute, Tag

Words = str | Promise


@dataclass(frozen=True)
class Use:
    """One place where it is used. ``kind``: what it does there (「フォームで付けるタグ」).

    ``name`` and ``url`` are those of what uses it; they may be lazy.
    """

    kind: Words
    name: str
    url: Words


@dataclass(frozen=True)
class TagUser:
    """What an app knows of tags.

    ``uses(tag ids)``: pairs of tag id and usage, in a fixed number of queries. ``replace(old ids, tag)``: put ``tag``
    in the place of the others, within the caller's transaction.
    """

    uses: Callable[[Collection[int]], Iterable[tuple[int, Use]]]
    replace: Callable[[Collection[int], Tag], None]


# Pairs of attribute key and usage. Keys, because system attributes have no row before somebody changes one.
AttributeUses = Callable[[Collection[Attribute]], Iterable[tuple[str, Use]]]
TAG_USERS: dict[str, TagUser] = {}
ATTRIBUTE_USERS: dict[str, AttributeUses] = {}


def register_tag_user(slug: str, user: TagUser) -> None:
    TAG_USERS[slug] = user


def register_attribute_user(slug: str, uses: AttributeUses) -> None:
    ATTRIBUTE_USERS[slug] = uses


def tag_uses(tags: Collection[Tag]) -> dict[int, list[Use]]:
    """Return tag id → its usage, for every one of ``tags``."""
    found: dict[int, list[Use]] = {tag.pk: [] for tag in tags}
    for user in TAG_USERS.values():
        for tag_id, use in user.uses(found.keys()):
            found[tag_id].append(use)
    return found


def attribute_uses(attributes: Collection[Attribute]) -> dict[str, list[Use]]:
    """Return key of an attribute → its usage, for every one of ``attributes``."""
    found: dict[str, list[Use]] = {key_of(attribute): [] for attribute in attributes}
    for uses in ATTRIBUTE_USERS.values():
        for key, use in uses(attributes):
            found[key].append(use)
    return found


# ---------------------------------------------------------------- tags inside of conditions
def tags_in(condition: Mapping[str, Any] | None) -> set[int]:
    """Return the ids of the tags that the condition names."""
    return {
        tag_id
        for leaf in leaves(condition)
        if leaf["field"] == "tag"
        for tag_id in leaf["value"]
    }


def with_tag(node: Any, olds: Collection[int], new: int) -> Any:
    """Return the condition with the tag ``new`` in the place of ``olds``."""
    if not node:
        return node
    if "not" in node:
        return {"not": with_tag(node["not"], olds, new)}
    if node.get("field") == "tag":
        return {
            **node,
            "value": list(
                dict.fromkeys(
                    new if tag_id in olds else tag_id for tag_id in node["value"]
                )
            ),
        }
    return {word: [with_tag(part, olds, new) for part in value] if word in ("all", "any") else value
            for word, value in node.items()}  # fmt: skip


def condition_uses(
    rows: Iterable[Any], ids: Collection[int], use: Callable[[Any], Use]
) -> Iterable[tuple[int, Use]]:
    """Yield tag id and usage, for rows that have a ``condition``."""
    for row in rows:
        for tag_id in sorted(tags_in(row.condition) & set(ids)):
            yield tag_id, use(row)


def replace_in_conditions(rows: Iterable[Any], olds: Collection[int], new: Tag) -> None:
    for row in rows:
        if tags_in(row.condition) & set(olds):
            row.condition = with_tag(row.condition, set(olds), new.pk)
            row.save(update_fields=["condition"])
