"""What a list can be narrowed by: a django-filter ``FilterSet`` whose whole state stands in the URL.

The kit shows it (templates/kit/list_filter.html): a search, a panel of fields, a chip for each condition.
With a value that cannot be read the list is empty, as it may show no more than was asked for; its field says why.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from console.filter_fields import PeriodInput, SearchFilter, SelectFilter

# The pager's own place in the list: another condition begins on the first page.
PAGE = ("after", "before", "at")


@dataclass(frozen=True)
class FilterChip:
    """One condition that holds, and the address without it."""

    label: str
    value: str
    remove_url: str


class ListFilterSet(django_filters.FilterSet):
    """The filters of one list. ``tabs`` names those that the page shows as tabs: they have no chip, and stay when the
    conditions are cleared. At most one filter is a ``SearchFilter``."""

    tabs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        super().__init__(request.GET, rows, request=request)
        for kind in self.filters.values():
            if isinstance(kind, SelectFilter):
                kind.read_choices(request)

    @property
    def form(self) -> forms.Form:
        if not hasattr(self, "_form"):
            self._form = self.get_form_class()(self.data, auto_id="filter_%s")
        return self._form

    @property
    def chosen(self) -> dict[str, Any]:
        """The values that can be read, by filter; what is empty is left out."""
        self.form.is_valid()
        values = self.form.cleaned_data
        return {name: values[name] for name in self.filters if values.get(name)}

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self.narrow(queryset, self.chosen)

    def narrow(self, rows: QuerySet[Any], chosen: dict[str, Any]) -> QuerySet[Any]:
        if self.form.errors:
            return rows.none()
        for name, value in chosen.items():
            rows = self.filters[name].filter(rows, value)
        return rows

    @property
    def rows_of_all_tabs(self) -> QuerySet[Any]:
        """The rows that fit everything but the tab: what the tabs count."""
        chosen = self.chosen
        for name in self.tabs:
            chosen.pop(name, None)
        return self.narrow(self.queryset.all(), chosen)

    @property
    def narrowed(self) -> bool:
        """Whether the list may show less than all."""
        return bool(self.chosen or self.form.errors)

    # ------------------------------------------------------------ for the bar
    @property
    def search_name(self) -> str:
        """The name of the search in the URL; "" for a list without one."""
        return next(
            (n for n, kind in self.filters.items() if isinstance(kind, SearchFilter)),
            "",
        )

    @property
    def search(self) -> SearchFilter | None:
        return self.filters.get(self.search_name)

    @property
    def search_text(self) -> str:
        """What was searched for; a text that cannot be is shown again as it was typed."""
        if self.search_errors and self.search_method == "get":
            return str(self.data.get(self.search_name, ""))
        return str(self.chosen.get(self.search_name, ""))

    @property
    def search_errors(self) -> list[str]:
        return [str(text) for text in self.form.errors.get(self.search_name, [])]

    @property
    def search_action(self) -> str:
        """Where the search is sent to, "" without one: a POST leads back here, with the rest of the query."""
        if not self.search:
            return ""
        if self.search.is_posted:
            return self.request.path + self.url_with(**{self.search_name: None})
        return self.request.path

    @property
    def search_method(self) -> str:
        return "post" if self.search and self.search.is_posted else "get"

    @property
    def hidden_beside_search(self) -> list[tuple[str, str]]:
        """What else stands in the URL, as hidden fields of a search that is sent by GET."""
        if not self.search or self.search.is_posted:
            return []
        return self.list_hidden(self.search_name)

    @property
    def panel(self) -> list[forms.BoundField]:
        names = [n for n in self.filters if n not in (*self.tabs, self.search_name)]
        return [self.form[name] for name in names]

    @property
    def hidden_beside_panel(self) -> list[tuple[str, str]]:
        """What else stands in the URL, as hidden fields of the panel."""
        return self.list_hidden(*(field.name for field in self.panel))

    @property
    def panel_is_wrong(self) -> bool:
        return any(field.errors for field in self.panel)

    @property
    def tab_errors(self) -> list[str]:
        """What is wrong with a tab's value, with the name of its field, which the bar does not show."""
        return [
            str(self.filters[name].label) + _("：") + str(text)
            for name in self.tabs
            for text in self.form.errors.get(name, [])
        ]

    @property
    def chips(self) -> list[FilterChip]:
        """One for each condition besides the tabs, in the order of the fields."""
        return [
            FilterChip(
                _("検索")
                if name == self.search_name
                else str(self.filters[name].label),
                self.filters[name].describe(value),
                self.url_without(name),
            )
            for name, value in self.chosen.items()
            if name not in self.tabs
        ]

    @property
    def clear_url(self) -> str:
        """Without any condition; the tab and the order stay."""
        return self.url_without(*(n for n in self.filters if n not in self.tabs))

    @property
    def reset_url(self) -> str:
        """Without the tab as well."""
        return self.url_without(*self.filters)

    # ------------------------------------------------------------ addresses
    def parameters_of(self, *names: str) -> Iterator[str]:
        """Yield the URL's parameters of these filters: a period has two."""
        for name in names:
            widget = self.form.fields[name].widget
            if isinstance(widget, PeriodInput):
                yield from (widget.suffixed(name, end) for end in widget.suffixes)
            else:
                yield name

    @property
    def left_empty(self) -> list[str]:
        """What a form sent without a value."""
        return [name for name in self.data if not self.data[name]]

    def list_hidden(self, *names: str) -> list[tuple[str, str]]:
        dropped = {*self.parameters_of(*names), *PAGE}
        return [
            (name, value)
            for name, values in self.data.lists()
            for value in values[-1:]
            if name not in dropped and value
        ]

    def url_without(self, *names: str) -> str:
        """Return this page's query without these filters, back on the first page."""
        query = self.data.copy()
        for name in (*self.parameters_of(*names), *PAGE, *self.left_empty):
            query.pop(name, None)
        return f"?{query.urlencode()}"

    def url_with(self, **changes: str | None) -> str:
        """Return this page's query with other values, back on the first page; None drops one."""
        query = self.data.copy()
        for name in (*changes, *PAGE, *self.left_empty):
            query.pop(name, None)
        for name, value in changes.items():
            if value:
                query[name] = value
        return f"?{query.urlencode()}"
