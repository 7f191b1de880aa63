"""Lists of any length, page by page, by key: page 2,000 costs what page 1 costs.

The place in the list is the public id of the last row seen, never its values: names and addresses stay out of URLs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy

M = TypeVar("M", bound=Model)
SIZE = 50


@dataclass(frozen=True)
class Page(Generic[M]):
    """``rows`` start at the ``start``-th of ``total`` (None: not counted). Tokens are "" where no page follows."""

    rows: list[M]
    start: int
    total: int | None
    after: str
    before: str
    previous_start: int
    approximate: bool = False

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def end(self) -> int:
        return self.start + len(self.rows) - 1

    @property
    def next_start(self) -> int:
        return self.end + 1


@dataclass(frozen=True)
class Key:
    """One column of the order."""

    name: str
    descending: bool
    nullable: bool

    def order(self, backwards: bool) -> OrderBy:
        descending = self.descending != backwards
        if not self.nullable:
            return F(self.name).desc() if descending else F(self.name).asc()
        nulls = {"nulls_first": True} if backwards else {"nulls_last": True}
        return F(self.name).desc(**nulls) if descending else F(self.name).asc(**nulls)

    def beyond(self, value: object, backwards: bool) -> Q:
        """Return the condition for rows strictly after ``value`` in this column; empty values come last in the list."""
        if value is None:
            return Q((f"{self.name}__isnull", False)) if backwards else Q(pk__in=[])
        step = Q(
            (f"{self.name}__{'lt' if self.descending != backwards else 'gt'}", value)
        )
        return (
            step | Q((f"{self.name}__isnull", True))
            if self.nullable and not backwards
            else step
        )

    def same(self, value: object) -> Q:
        return (
            Q((f"{self.name}__isnull", True))
            if value is None
            else Q((self.name, value))
        )


def paginate_rows(
    rows: QuerySet[M],
    query: Mapping[str, str],
    order: Sequence[str],
    size: int = SIZE,
    total: int | None = None,
    approximate: bool = False,
) -> Page[M]:
    """Return the page of ``rows`` that ``query`` ("after" or "before", "at") asks for.

    ``order`` names columns of the model, "-" for descending; the primary key is added so that no two rows tie.
    A token that leads nowhere gives the first page.
    """
    keys = list_order_keys(rows, order)
    token = query.get("before") or query.get("after") or ""
    anchor = find_anchor(rows, token, keys)
    backwards = bool(anchor and query.get("before"))
    found = rows.order_by(*(key.order(backwards) for key in keys))
    if anchor:
        found = found.filter(build_beyond_condition(keys, anchor, backwards))
    taken = list(found[: size + 1])
    more, shown = len(taken) > size, taken[:size]
    if backwards:
        shown.reverse()
    first = not anchor or (backwards and not more)
    start = 1 if first else max(parse_page_number(query.get("at")), 1)
    return Page(
        rows=shown,
        start=start,
        total=total,
        after=make_row_token(shown[-1]) if shown and (more or backwards) else "",
        before=make_row_token(shown[0]) if shown and not first else "",
        previous_start=max(start - size, 1),
        approximate=approximate,
    )


def list_order_keys(rows: QuerySet[Any], order: Sequence[str]) -> list[Key]:
    keys = []
    for name in order:
        plain = name.removeprefix("-")
        field = rows.model._meta.get_field(plain)
        keys.append(
            Key(plain, name.startswith("-"), bool(getattr(field, "null", False)))
        )
    if keys and keys[-1].name in ("id", "pk"):
        return keys
    return [*keys, Key("pk", bool(keys and keys[-1].descending), False)]


def find_anchor(
    rows: QuerySet[Any], token: str, keys: list[Key]
) -> tuple[object, ...] | None:
    """Return the values of the row that the token names, or None.

    The row is looked up outside the filter, because it may have left the list since.
    """
    if not (token.isascii() and token.replace("-", "").isalnum() and len(token) <= 40):
        return None
    try:
        return (
            rows.model._default_manager.filter(**{get_token_field(rows.model): token})
            .values_list(*(key.name for key in keys))
            .first()
        )
    except (ValueError, ValidationError):
        return None


def build_beyond_condition(
    keys: list[Key], anchor: tuple[object, ...], backwards: bool
) -> Q:
    """Return the condition for rows whose (a, b, c) come after the anchor's (x, y, z).

    It is spelt out column by column; the first column alone bounds the index scan.
    """
    condition, same = Q(pk__in=[]), Q()
    for key, value in zip(keys, anchor, strict=True):
        condition |= same & key.beyond(value, backwards)
        same &= key.same(value)
    first, value = keys[0], anchor[0]
    return (first.beyond(value, backwards) | first.same(value)) & condition


def get_token_field(model: type[Model]) -> str:
    try:
        return model._meta.get_field("public_id").name
    except FieldDoesNotExist:
        return "pk"


def make_row_token(row: Model) -> str:
    return str(getattr(row, get_token_field(type(row))))


def parse_page_number(text: str | None) -> int:
    return (
        int(text)
        if text and text.isascii() and text.isdigit() and len(text) < 12
        else 1
    )


def count_up_to(rows: QuerySet[Any], most: int) -> int:
    """Count the rows, but stop at ``most`` + 1: a page says "10,000件以上" sooner than it counts millions."""
    return rows.order_by()[: most + 1].count()
