"""Tags inside of conditions: which they are, and others in their place."""

from collections.abc import Collection, Mapping
from typing import Any

from members.conditions.tree import walk_leaves


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
    return {
        word: [replace_condition_tags(part, olds, new) for part in value]
        if word in ("all", "any")
        else value
        for word, value in node.items()
    }
