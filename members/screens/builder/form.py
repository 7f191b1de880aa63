"""Building a condition on screen: its groups and rows as they stand in a form, and the condition that they make.

For any form: ``{% include "members/builder/builder.html" with builder=builder %}``, and in the view
``builder = Builder.posted(request.POST, request.FILES)``; when ``builder.acted(request.POST)`` a row was added or
removed and the page is shown again; else ``builder.read()`` is the condition, or None with ``builder.errors``.
"""

from collections.abc import Mapping
from functools import cached_property

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.attributes.definitions import get_archived_keys
from members.conditions.kinds.base import DELETED_MESSAGE
from members.conditions.registry import (
    Field,
    get_condition_field,
    list_families,
    list_fields,
)
from members.conditions.tree import (
    DEEPEST,
    BadCondition,
    Condition,
    check_condition,
    list_condition_parts,
)
from members.screens.builder.default_filter import DefaultFilter
from members.screens.builder.nodes import (
    Node,
    fill_row,
    parse_node,
    refuse_masked_row,
)
from operators.masking import is_masked

DEEPEST_OFFERED = 3
MOST = 100
GROUP_WORDS = (
    ("all", gettext_lazy("すべて満たす")),
    ("any", gettext_lazy("いずれかを満たす")),
    ("none", gettext_lazy("除く")),
)


class Builder:
    words = GROUP_WORDS

    def __init__(
        self, root: Node, default_filter: DefaultFilter, may_tag: bool = False
    ) -> None:
        """Build on ``root``; ``may_tag``: whether a tag may be made where it is chosen."""
        self.root, self.default_filter, self.may_tag, self.problem = (
            root,
            default_filter,
            may_tag,
            "",
        )
        self.next_id = max(node.id for node in root) + 1
        # In a form that says by itself who is meant at all: without the default filter.
        self.is_plain = False
        # The node of each part of the condition that it was made of; None: the part stands above the groups.
        self.places: list[Node | None] = []

    # ------------------------------------------------------------ from a condition, or from what was posted
    @classmethod
    def of(cls, condition: Condition | None, may_tag: bool = False) -> "Builder":
        """Return a builder that shows the condition.

        A part that can no longer be read becomes an empty row with an error text.
        """
        builder = cls(Node(0, 0, "all"), DefaultFilter(), may_tag)
        taken = [
            builder.default_filter.take(part)
            for part in list_condition_parts(condition)
        ]
        rest = [
            part
            for part, above in zip(list_condition_parts(condition), taken, strict=True)
            if not above
        ]
        group = rest[0] if len(rest) == 1 and "field" not in rest[0] else {"all": rest}
        builder.root.word, parts = split_condition_group(group)
        for part in parts:
            builder._put(builder.root, part)
        places = iter(builder.root.parts if parts == rest else [builder.root])
        builder.places = [None if above else next(places) for above in taken]
        if not builder.root.parts:
            builder._add(builder.root)
        return builder

    def _put(self, parent: Node, condition: Condition) -> None:
        if "field" not in condition:
            word, parts = split_condition_group(condition)
            group = self._add(parent, word)
            for part in parts:
                self._put(group, part)
            return
        row = self._add(parent)
        try:
            row.field = get_condition_field(condition["field"])
            way = row.field.way(condition["op"], condition["value"])
        except BadCondition:
            row.field, row.error = None, str(DELETED_MESSAGE)
            return
        if refuse_masked_row(row):
            return
        row.way_number = row.field.ways.index(way)
        if way.kind.missing(condition["value"]) or (
            row.field.item and row.field.item in get_archived_keys()
        ):
            row.error = str(DELETED_MESSAGE)
        else:
            row.values = way.kind.inputs(condition["value"])

    @classmethod
    def posted(
        cls,
        data: QueryDict,
        files: Mapping[str, UploadedFile] | None = None,
        may_tag: bool = False,
    ) -> "Builder":
        nodes, given = {0: Node(0, 0, "all")}, data.getlist("node")
        too_much = len(given) > MOST * 2
        for text in given[: MOST * 2]:
            found = parse_node(text)
            if not found:
                continue
            number, parent, is_group = found
            if parent in nodes and nodes[parent].depth > DEEPEST:
                too_much = True  # leaving a part out would widen the condition
                continue
            if number == 0 or (
                number not in nodes and parent in nodes and nodes[parent].word
            ):
                node = nodes.setdefault(
                    number, Node(number, parent, "all" if is_group else "")
                )
                if node.word:
                    word = data.get(f"word-{number}", "")
                    node.word = word if word in dict(GROUP_WORDS) else "all"
                else:
                    fill_row(node, data, files or {})
                if number:
                    node.depth = nodes[parent].depth + 1
                    nodes[parent].parts.append(node)
        builder = cls(nodes[0], DefaultFilter.posted(data), may_tag)
        builder.is_plain = data.get("plain") == "1"
        builder.problem = describe_complexity_problem() if too_much else ""
        return builder

    # ------------------------------------------------------------ changing it
    def acted(self, data: QueryDict) -> bool:
        """Carry out what the pressed button of the builder says; return False when it was another button."""
        verb, _colon, number = data.get("do", "").partition(":")
        if verb not in ("row", "group", "remove", "update"):
            return False
        node = next((node for node in self.root if str(node.id) == number), None)
        if verb == "row" and node and node.word:
            self._add(node).focus = "field"
        elif verb == "group" and node and node.word:
            group = self._add(node, "any" if node.word == "all" else "all")
            self._add(group).focus = "field"
        elif verb == "remove" and node and node.id:
            parent = next(each for each in self.root if each.id == node.parent)
            parent.parts.remove(node)
            parent.focus = "add"
        return True

    def _add(self, parent: Node, word: str = "") -> Node:
        node = Node(self.next_id, parent.id, word, depth=parent.depth + 1)
        self.next_id += 1
        parent.parts.append(node)
        return node

    @property
    def full(self) -> bool:
        return sum(1 for _node in self.root) >= MOST

    @property
    def deepest(self) -> int:
        return DEEPEST_OFFERED

    def point_at(self, number: str) -> None:
        """Set the focus to the ``number``-th part of the condition, or to the first row when no number is given."""
        if number.isascii() and number.isdigit() and int(number[:4]) < len(self.places):
            place = self.places[int(number[:4])]
            if place is None:
                self.default_filter.focus = (
                    "usual" if self.default_filter.usual else "deleted"
                )
                return
        else:
            place = self.root
        if row := next((node for node in place if not node.word), None):
            row.focus = "field"

    # ------------------------------------------------------------ what it says
    @transaction.atomic
    def read(self) -> Condition | None:
        """Return the condition; None when a row is not usable.

        Store what a condition can only refer to, such as a new tag or a pasted list.
        """
        # New tags are made last, when all else is usable.
        rows = sorted(
            (node for node in self.root if node.field),
            key=lambda row: bool(row.values["new"]),
        )
        leaves = {row.id: leaf for row in rows if (leaf := self._read_row(row))}
        found = self.default_filter.over(
            self._combine_nodes(self.root, leaves) or {"all": []}
        )
        if self.failed:
            return None
        try:
            check_condition(found)
        except BadCondition:
            self.problem = describe_complexity_problem()
            return None
        return found

    def _combine_nodes(
        self, node: Node, leaves: Mapping[int, Condition]
    ) -> Condition | None:
        if not node.word:
            return leaves.get(node.id)
        parts = [
            part for each in node.parts if (part := self._combine_nodes(each, leaves))
        ]
        if not parts:
            return None
        if node.word == "none":
            return {"not": parts[0] if len(parts) == 1 else {"any": parts}}
        return {node.word: parts}

    def _read_row(self, row: Node) -> Condition | None:
        if not self.may_tag:
            row.values.pop("new", "")
        if row.values["new"] and self.failed:
            return None
        assert row.field and row.way
        kind = row.way.kind
        try:
            value = kind.read(row.values)
        except ValidationError as error:
            row.error = " ".join(error.messages)
            return None
        row.values = kind.inputs(value)
        return {"field": row.field.name, "op": row.way.op, "value": value}

    @property
    def late(self) -> bool:
        """Whether a long list or a file stayed behind (static/console/js/paste.js)."""
        return any(node.values["late"] for node in self.root)

    @property
    def failed(self) -> bool:
        return bool(self.problem or self.errors)

    @property
    def errors(self) -> list[Node]:
        return [node for node in self.root if node.error]

    @cached_property
    def field_groups(self) -> list[tuple[str, list[Field]]]:
        """What can be asked, under its headings; without personal data where they are masked."""
        groups: dict[str, list[Field]] = {}
        gone, masked = get_archived_keys(), is_masked()
        for each in [
            *list_fields(),
            *(found for family in list_families() for found in family.offered()),
        ]:
            offered = each.in_builder and not (masked and each.personal)
            if offered and each.item not in gone:
                groups.setdefault(str(each.group), []).append(each)
        return list(groups.items())


def describe_complexity_problem() -> str:
    return _(
        "条件が複雑すぎるか、読み取れない部分があります。グループを減らしてやり直してください。"
    )


def split_condition_group(condition: Condition) -> tuple[str, list[Condition]]:
    """Return the word and the parts of a group; a “not” of one thing is a group of one part."""
    if "not" in condition:
        inner = condition["not"]
        return "none", list(inner["any"]) if "any" in inner else [inner]
    word, parts = next(iter(condition.items())) if condition else ("all", [])
    return word, list(parts)
