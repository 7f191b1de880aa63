"""The filter of the member list: its whole state in the URL, as a condition, and as chips that can be removed.

``c`` the condition (absent: the default filter), ``link`` the tab, ``s`` the key of the search text, ``sort``, ``v``
the saved condition that is looked at, and the parameters of the pager. Keys and states only, never a name or a number.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from members.conditions.kinds.base import MASKED_MESSAGE, MaskedCondition
from members.conditions.search import get_search_text
from members.conditions.sentences import build_condition_chips
from members.conditions.sql import filter_members, may_include_deleted
from members.conditions.tree import (
    BadCondition,
    Condition,
    DanglingCondition,
    list_condition_parts,
)
from members.conditions.url import decode_condition, encode_condition
from members.models import Member
from members.models.querysets import MemberQuerySet

ORDERS = {
    "-new": "-created_at",
    "new": "created_at",
    "-seen": "-last_seen_at",
    "seen": "last_seen_at",
}
PAGE = ("after", "before", "at")
Leaf = dict[str, Any]


def build_leaf(field: str, op: str, value: Any) -> Leaf:
    return {"field": field, "op": op, "value": value}


# The default filter hides those who left every cart or only visited one, but never friends; a chip says so.
DEFAULT_FILTER: Condition = {"all": [build_leaf("usual", "is", True)]}


@dataclass(frozen=True)
class FilterChip:
    """``edit_url``: the builder at this condition, or "" for what is not made there."""

    label: str
    value: str
    remove_url: str
    edit_url: str = ""


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    count: int | None
    current: bool


class ListFilter:
    """The filter that a URL's ``query`` describes.

    One that cannot be used finds nobody: if it found more members than were asked for, all of them could be tagged.
    ``problem``: why it cannot be used, and what to do.
    """

    def __init__(self, query: QueryDict) -> None:
        self.query = query
        self.problem = ""
        self.own: Condition = DEFAULT_FILTER
        self.link = query.get("link", "")
        self.text_key = query.get("s", "")
        self.view = query.get("v", "")
        try:
            self._read()
        except MaskedCondition:
            self.problem = str(MASKED_MESSAGE)
        except DanglingCondition:
            self.problem = _(
                "条件が使うタグやリストなどが見つかりません。条件を設定し直してください。"
            )
        except BadCondition:
            self.problem = _(
                "絞り込みの条件を読み取れません。条件を設定し直してください。"
            )

    def _read(self) -> None:
        if "c" in self.query:
            self.own = decode_condition(self.query.get("c", ""))
        if self.link and self.link not in Member.LinkState.values:
            raise BadCondition("No such tab.")
        # This also checks that what the filter names exists. Only once, because each time it runs the search.
        self._everywhere = filter_members(Member.objects.all(), {"all": self.across})

    @property
    def usable(self) -> bool:
        return not self.problem

    @cached_property
    def text(self) -> str:
        return get_search_text(self.text_key)

    @property
    def across(self) -> list[Condition]:
        """The conditions that hold in every tab."""
        return [
            *list_condition_parts(self.own),
            *([build_leaf("text", "contains", self.text_key)] if self.text_key else []),
        ]

    @property
    def condition(self) -> dict[str, Any]:
        """The whole filter, including the tab: what the rows of the list have in common."""
        return {
            "all": [
                *self.across,
                *([build_leaf("link_state", "in", [self.link])] if self.link else []),
            ]
        }

    @property
    def encoded(self) -> str:
        """The whole filter as one parameter, for another list that shows something of these members."""
        return encode_condition(self.condition)

    def with_own(self, condition: Condition) -> dict[str, Any]:
        """Return ``condition`` of the filter, but with another one in the place of the list's own."""
        own = len(list_condition_parts(self.own))
        return {"all": [*list_condition_parts(condition), *self.condition["all"][own:]]}

    @property
    def narrowed(self) -> bool:
        """Whether anything was asked for beyond the default filter."""
        return not self.usable or bool(self.query.keys() & {"c", "s", "link"})

    def members(self) -> MemberQuerySet[Member]:
        found = self.members_of_all_tabs()
        return found.filter(link_state=self.link) if self.link else found

    def members_of_all_tabs(self) -> MemberQuerySet[Member]:
        return cast(
            "MemberQuerySet[Member]",
            self._everywhere.all() if self.usable else Member.objects.none(),
        )

    @property
    def order(self) -> str:
        return ORDERS.get(self.query.get("sort", ""), "-created_at")

    # ------------------------------------------------------------ chips, tabs and addresses
    @cached_property
    def chips(self) -> list[FilterChip]:
        if not self.usable:
            return []
        found = (
            [FilterChip(_("検索"), self.text, self.without("s"))]
            if self.text_key
            else []
        )
        parts, edit = list_condition_parts(self.own), reverse("members:filter")
        for number, chip in enumerate(build_condition_chips({"all": parts})):
            rest = {"all": parts[:number] + parts[number + 1 :]}
            value = chip.value
            if chip.leaf in DEFAULT_FILTER["all"] and not may_include_deleted(self.own):
                value = _("退会・ビジターを除く（友だちは含む）、削除した会員を除く")
            found.append(
                FilterChip(
                    chip.label,
                    value,
                    self.where(rest),
                    f"{edit}{self.without()}&row={number}",
                )
            )
        return found

    def tabs(self, counts: dict[str, int] | None) -> list[Tab]:
        """Return the tabs. ``counts``: members by link state, or None when they were not counted."""
        numbers = counts or {}
        tabs = [
            Tab(_("すべて"), self.without("link"), sum(numbers.values()), not self.link)
        ] + [
            Tab(
                str(label),
                self.without(link=state),
                numbers.get(state, 0),
                state == self.link,
            )
            for state, label in Member.LinkState.choices
        ]
        return (
            tabs if counts is not None else [replace(tab, count=None) for tab in tabs]
        )

    @property
    def here(self) -> str:
        """This page's query, on its first page."""
        return self.without()

    def where(self, condition: Condition, *names: str) -> str:
        """Return this page's query with another condition in the place of its own, and without some parameters."""
        return (
            self.without("c", *names)
            if condition == DEFAULT_FILTER
            else self.without(*names, c=encode_condition(condition))
        )

    @property
    def clear_url(self) -> str:
        """The URL without what was asked for, or "" when nothing was.

        The default filter, the tab and the order stay.
        """
        if not self.usable:
            return self.without("c", "s", "link")
        parts = list_condition_parts(self.own)
        defaults = [part for part in parts if part in DEFAULT_FILTER["all"]]
        return (
            self.where({"all": defaults}, "s")
            if self.text_key or defaults != parts
            else ""
        )

    @property
    def wider_url(self) -> str:
        """The URL that also finds those whom the default filter hides; "" where it hides nobody."""
        parts = list_condition_parts(self.own) if self.usable else []
        wider = [part for part in parts if part not in DEFAULT_FILTER["all"]]
        return self.where({"all": wider}) if wider != parts else ""

    @property
    def untabbed_url(self) -> str:
        return self.without("link") if self.link else ""

    def without(self, *names: str, **changed: str) -> str:
        """Return this page's query with some parameters left out or changed, back on the first page."""
        query = _set_parameters(self.query, changed)
        for name in (*names, *PAGE, "row", "again"):
            query.pop(name, None)
        return f"?{query.urlencode()}"


def _set_parameters(query: QueryDict, values: dict[str, str]) -> QueryDict:
    filled = query.copy()
    for name, value in values.items():
        filled[name] = value
    return filled


def build_list_url(*parts: Condition, **params: str) -> str:
    """Return the URL of the list of those who fit all these conditions. ``params``: the tab and the like."""
    query = QueryDict(mutable=True)
    query["c"] = encode_condition({"all": list(parts)})
    query.update(params)
    return f"{reverse('members:list')}?{query.urlencode()}"
