"""Columns that name a tag, an attribute, a segment or a value list, and say as what.

Whatever has such a column is found by walking the models, and is listed, guarded and rewritten through it alone
(members/usage/); nothing is registered. A row says its name by ``__str__`` and its page by ``usage_url()``, itself or
through the row that ``shown`` leads to.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from django.apps import apps
from django.db import models
from django.utils.functional import Promise

LazyText = str | Promise
# What a row uses it as: the same words for every row, or words that the row decides.
UsedAs = LazyText | Callable[[Any], LazyText]


class UsageColumn:
    """What these columns share. For migrations they are the plain fields that they extend."""

    model: Any
    name: Any
    attname: Any
    used_as: UsedAs
    shown: str
    plain_path: str

    def deconstruct(self) -> Any:
        """Return the field as Django knows it: what it is used as is no matter of the database."""
        name, _path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        return name, self.plain_path, args, kwargs


class UsedKey(UsageColumn, models.ForeignKey):
    """A reference to a tag, an attribute, a segment or a value list that keeps it from being deleted or archived.

    ``shown``: the reference to the row that is shown instead of this one. ``prefer``: of rows that become the same when
    tags are merged, the first in this order stays.
    """

    plain_path = "django.db.models.ForeignKey"

    def __init__(
        self,
        *args: Any,
        used_as: UsedAs = "",
        shown: str = "",
        prefer: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        self.used_as, self.shown, self.prefer = used_as, shown, prefer
        super().__init__(*args, **kwargs)


class ConditionField(UsageColumn, models.JSONField):
    """A condition (members/conditions/tree.py), which may name tags, attributes, value lists and search texts."""

    plain_path = "django.db.models.JSONField"

    def __init__(
        self, *args: Any, used_as: UsedAs = "", shown: str = "", **kwargs: Any
    ) -> None:
        self.used_as, self.shown = used_as, shown
        super().__init__(*args, **kwargs)


class ItemNameField(UsageColumn, models.CharField):
    """The name of one of the system's items (``Attribute.system``), which may have no row yet.

    ``used_as`` "": it is not listed. ``needed_as``: the item may not be archived while a row for which ``needed_when``
    holds names it.
    """

    plain_path = "django.db.models.CharField"

    def __init__(
        self,
        *args: Any,
        used_as: UsedAs = "",
        shown: str = "",
        needed_as: UsedAs = "",
        needed_when: models.Q | None = None,
        **kwargs: Any,
    ) -> None:
        self.used_as, self.shown, self.needed_as = used_as, shown, needed_as
        self.needed_when = needed_when or models.Q()
        super().__init__(*args, **kwargs)


C = TypeVar("C", bound=UsageColumn)


def list_columns(*kinds: type[C]) -> Iterator[C]:
    """Yield the columns of these kinds: app by app, in each by kind and then by model."""
    for app in apps.get_app_configs():
        for kind in kinds:
            for model in app.get_models():
                for field in model._meta.concrete_fields:
                    if isinstance(field, kind):
                        yield field


def list_keys(target: type[models.Model]) -> Iterator[UsedKey]:
    """Yield the references to this model."""
    return (key for key in list_columns(UsedKey) if key.related_model is target)
