"""The rows that use something: which they are, and what a page says of each."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from members.models.fields import LazyText, UsageColumn, UsedAs


@dataclass(frozen=True)
class Usage:
    """``kind``: what it does there (「フォームで付けるタグ」); ``name`` and ``url`` of what uses it, lazy."""

    kind: LazyText
    name: str
    url: LazyText

    @property
    def line(self) -> str:
        """The whole in one line. A kind that has its own place for the name says it there."""
        if "%(name)s" in str(self.kind):
            return str(self.kind) % {"name": self.name}
        return _("%(kind)s「%(name)s」") % {"kind": self.kind, "name": self.name}


def list_rows(column: Any) -> QuerySet[Any]:
    """Return the rows of the column's table by name, each with what ``describe_use`` reads of it."""
    rows = column.model._default_manager.all()
    rows = rows.for_usage() if hasattr(rows, "for_usage") else rows
    if not column.shown:
        named = any(field.name == "name" for field in column.model._meta.fields)
        return rows.order_by(*(["name"] if named else []), "pk")
    return rows.select_related(column.shown).order_by(f"{column.shown}__name", "pk")


def describe_usage(column: UsageColumn, row: Any, used_as: UsedAs = "") -> Usage:
    """Return what the row uses it as, the column's own words if no others are given."""
    words = used_as or column.used_as
    shown = getattr(row, column.shown) if column.shown else row
    page = row if hasattr(row, "usage_url") else shown
    return Usage(
        words(row) if callable(words) else words,
        shown.usage_name() if hasattr(shown, "usage_name") else str(shown),
        page.usage_url(),
    )
