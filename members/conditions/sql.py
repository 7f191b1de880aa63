"""A condition as SQL: the members of a queryset who fit it."""

from django.db.models import Q, QuerySet

from members.attributes.definitions import get_archived_keys
from members.conditions.kinds.base import MaskedCondition
from members.conditions.registry import get_condition_field
from members.conditions.tree import (
    Condition,
    DanglingCondition,
    check_condition,
    walk_leaves,
)
from members.models import Member
from operators.masking import is_masked

# Django drops an empty Q from the Q around it, even from a “not”; this one it does not drop.
EVERYBODY = ~Q(pk__in=[])
ALIVE = Q(deleted_at=None)
# What compares with a piece of a text.
PIECES = frozenset({"contains", "lacks", "starts"})
PRESENCE = frozenset({"empty", "filled"})


def filter_members(
    members: QuerySet[Member], condition: Condition | None
) -> QuerySet[Member]:
    """Return the members of the queryset who fit the condition.

    Deleted members are found only where a leaf of the field ``deleted`` names them; within an “any”, only by the parts
    that do. Members who were merged into another are never found.

    Raise BadCondition. What names things that are gone raises it too: leaving that out would find more members.
    """
    check_condition(condition)
    items = {
        get_condition_field(leaf["field"]).item for leaf in walk_leaves(condition)
    } - {""}
    if items and items & get_archived_keys():
        raise DanglingCondition("The condition asks about an item that is archived.")
    for leaf in walk_leaves(condition):
        if (
            get_condition_field(leaf["field"])
            .way(leaf["op"], leaf["value"])
            .kind.missing(leaf["value"])
        ):
            raise DanglingCondition(
                f"What the condition names is no longer there: {leaf['field']} {leaf['op']}"
            )
    if is_masked():
        refuse_guesses(condition)
    if not condition:
        return members.filter(ALIVE)
    if may_include_deleted(condition):
        return members.filter(_compile_scoped_node(condition), merged_into=None)
    return members.filter(ALIVE, _compile_node(condition))


def refuse_guesses(condition: Condition | None) -> None:
    """Raise MaskedCondition where a part asks for personal data, or for a piece of any text.

    Whoever may not see personal data could find out a value bit by bit, by how many are found: a list of all numbers
    with four known digits is as good as a piece. Whether there is one at all may be asked, and the search box finds
    whom it is given as a whole.
    """
    for leaf in walk_leaves(condition):
        if leaf["field"] == "text":  # the search compares whole values then
            continue
        asks_value = (
            get_condition_field(leaf["field"]).personal and leaf["op"] not in PRESENCE
        )
        if asks_value or leaf["op"] in PIECES:
            raise MaskedCondition(f"Not without personal data: {leaf['field']}")


def _compile_node(node: Condition) -> Q:
    if "all" in node:
        return Q(*(_compile_node(part) for part in node["all"])) or EVERYBODY
    if "any" in node:
        return (
            Q(*(_compile_node(part) for part in node["any"]), _connector=Q.OR)
            or EVERYBODY
        )
    if "not" in node:
        return ~_compile_node(node["not"])
    return get_condition_field(node["field"]).compile(node["op"], node["value"])


def may_include_deleted(condition: Condition | None) -> bool:
    return any(leaf["field"] == "deleted" for leaf in walk_leaves(condition))


def _compile_scoped_node(node: Condition) -> Q:
    """Compile a node some leaf of which names deleted members.

    The parts of an “any” that say nothing of deleted members mean the members who are not deleted.
    """
    if not may_include_deleted(node):
        return ALIVE & _compile_node(node)
    if "any" in node:
        return Q(*(_compile_scoped_node(part) for part in node["any"]), _connector=Q.OR)
    if "all" in node:
        return Q(
            *(
                _compile_scoped_node(part)
                if may_include_deleted(part)
                else _compile_node(part)
                for part in node["all"]
            )
        )
    return ~_compile_scoped_node(node["not"]) if "not" in node else _compile_node(node)
