"""The member list's filter: from the URL to a condition, and back to chips that can be taken away."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django.http import QueryDict
from django.utils.translation import gettext as _

from members.conditions import FIELDS, narrow
from members.forms import FilterForm
from members.models import Member
from members.querysets import MemberQuerySet
from members.searching import kept_text

ORDERS = {"-new": "-created_at", "new": "created_at", "-seen": "-last_seen_at", "seen": "last_seen_at"}
PAGE = ("after", "before", "at")
Leaf = dict[str, Any]


@dataclass(frozen=True)
class Chip:
    label: str
    value: str
    remove_url: str


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    count: int | None
    current: bool


class ListFilter:
    """``query``: the URL's. An unusable filter finds nobody: a wider list than was asked for could be tagged."""

    def __init__(self, query: QueryDict) -> None:
        self.query = query
        modes = {f"{line}_mode": query.get(f"{line}_mode") or "all" for line in FilterForm.tag_lines}
        self.form = FilterForm(with_values(query, modes))
        self.usable = self.form.is_valid()
        self.values = self.form.cleaned_data

    @cached_property
    def text(self) -> str:
        return kept_text(self.values.get("s", ""))

    @cached_property
    def parts(self) -> list[tuple[Leaf, tuple[str, ...]]]:
        """Each leaf with the parameters of the URL that make it; the tab is not among them."""
        return list(self._parts()) if self.usable else []

    def _parts(self) -> Iterator[tuple[Leaf, tuple[str, ...]]]:
        if self.text:
            yield leaf("text", "contains", self.text), ("s",)
        if self.values["list"]:
            yield leaf("email", "in_list", self.values["list"]), ("list",)
        for line, part in self.form.tag_leaves().items():
            yield part, (f"{line}_tags", f"{line}_mode")
        for name, field in (("line", "line_state"), ("known_by", "known_by")):
            if self.values[name]:
                yield leaf(field, "in", self.values[name]), (name,)
        for name, op in (("known_from", "from"), ("known_until", "until")):
            if self.values[name]:
                yield leaf("known_at", op, self.values[name].isoformat()), (name,)

    @property
    def condition(self) -> dict[str, Any]:
        """All of it, the tab too: what the rows of the list have in common."""
        parts = [part for part, _names in self.parts]
        if link := self.values.get("link"):
            parts.append(leaf("link_state", "in", [link]))
        return {"all": parts}

    def members(self) -> MemberQuerySet[Member]:
        return self._narrowed(self.condition)

    def members_of_all_tabs(self) -> MemberQuerySet[Member]:
        return self._narrowed({"all": [part for part, _names in self.parts]})

    def _narrowed(self, condition: dict[str, Any]) -> MemberQuerySet[Member]:
        found = narrow(Member.objects.all(), condition) if self.usable else Member.objects.none()
        return cast("MemberQuerySet[Member]", found)

    @property
    def order(self) -> str:
        return ORDERS.get(self.query.get("sort", ""), "-created_at")

    @cached_property
    def chips(self) -> list[Chip]:
        return [
            Chip(*FIELDS[part["field"]].say(part["op"], part["value"]), self.without(*names))
            for part, names in self.parts
        ]

    def tabs(self, counts: dict[str, int]) -> list[Tab]:
        chosen = self.values.get("link", "")
        every = Tab(_("すべて"), self.without("link"), sum(counts.values()), not chosen)
        return [every] + [
            Tab(str(label), self.without(link=state), counts.get(state, 0), state == chosen)
            for state, label in Member.LinkState.choices
        ]

    def without(self, *names: str, **changed: str) -> str:
        """This page's query with some parameters left out or changed, back on the first page."""
        query = with_values(self.query, changed)
        for name in (*names, *PAGE):
            query.pop(name, None)
        return f"?{query.urlencode()}"


def with_values(query: QueryDict, values: dict[str, str]) -> QueryDict:
    filled = query.copy()
    for name, value in values.items():
        filled[name] = value
    return filled


def leaf(field: str, op: str, value: Any) -> Leaf:
    return {"field": field, "op": op, "value": value}
