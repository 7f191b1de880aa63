"""Kinds of values that are chosen from a few: states of the program, the shop's own things, tags."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.conditions.kinds.base import (
    DELETED_MESSAGE,
    KEY,
    BadCondition,
    DanglingCondition,
    Kind,
    LazyText,
    RowInputs,
)
from members.models import Tag
from members.tags.names import get_or_create_tag


class Choices(Kind):
    """Some of a few. ``choices`` is a function that reads pairs of key and label in the shop's scope."""

    template = "choices"

    def __init__(self, choices: Callable[[], Iterable[tuple[Any, LazyText]]]) -> None:
        self.choices = choices

    def labels(self) -> dict[str, str]:
        return {str(key): str(words) for key, words in self.choices()}

    def check(self, value: Any) -> None:
        if (
            not isinstance(value, list)
            or not value
            or not all(isinstance(key, str) for key in value)
        ):
            raise BadCondition("One choice or more is expected.")

    def missing(self, value: list[str]) -> bool:
        return not set(value) <= set(self.labels())

    def words(self, value: list[str]) -> str:
        labels = self.labels()
        return _("・").join(labels.get(key, _("削除された項目")) for key in value)

    def inputs(self, value: list[str]) -> RowInputs:
        return RowInputs(many=value)

    def read(self, parts: RowInputs) -> list[str]:
        """Return the chosen keys.

        Raise ValidationError when one was deleted concurrently: without it the condition would mean something else.
        """
        chosen = [key for key in self.labels() if key in parts.many]
        if len(chosen) < len(set(parts.many)):
            raise ValidationError(DELETED_MESSAGE)
        if not chosen:
            raise ValidationError(_("何も選ばれていません。1つ以上選んでください。"))
        return chosen

    def options(self, parts: RowInputs) -> Iterable[Any]:
        return self.labels().items()


class StaticChoices(Choices):
    """Choices that the program itself defines: an unknown one is wrong, not deleted."""

    def check(self, value: Any) -> None:
        super().check(value)
        if not set(value) <= set(self.labels()):
            raise BadCondition(f"Some of {', '.join(self.labels())} are expected.")


class Tags(Kind):
    """Tags: primary keys in the condition, public ids in URLs and inputs. The input ``new``: the name of one more."""

    template = "tags"
    SHOWN = 100

    def check(self, value: Any) -> None:
        if (
            not isinstance(value, list)
            or not value
            or not all(type(tag_id) is int for tag_id in value)
        ):
            raise BadCondition("A tag condition names one tag or more by id.")
        if not all(0 < tag_id < 2**63 for tag_id in value):
            raise BadCondition("No tag has such a number.")

    def missing(self, value: list[int]) -> bool:
        return Tag.objects.filter(pk__in=value).count() < len(set(value))

    def words(self, value: list[int]) -> str:
        names = dict(Tag.objects.filter(pk__in=value).values_list("pk", "name"))
        return "".join(
            _("「%(name)s」") % {"name": names.get(tag_id, _("削除されたタグ"))}
            for tag_id in value
        )

    def to_url(self, value: list[int]) -> list[str]:
        keys = dict(Tag.objects.filter(pk__in=value).values_list("pk", "public_id"))
        return [keys.get(tag_id, "-") for tag_id in value]

    def from_url(self, value: Any) -> list[int]:
        if not isinstance(value, list) or not all(
            isinstance(key, str) and KEY.fullmatch(key) for key in value
        ):
            raise BadCondition("Public ids of tags are expected.")
        ids = dict(
            Tag.objects.filter(public_id__in=value).values_list("public_id", "pk")
        )
        if len(ids) < len(set(value)):
            raise DanglingCondition(
                "A tag that the condition names is no longer there."
            )
        return [ids[key] for key in value]

    def inputs(self, value: list[int]) -> RowInputs:
        return RowInputs(many=self.to_url(value))

    def read(self, parts: RowInputs) -> list[int]:
        found = Tag.objects.filter(
            public_id__in=[key for key in parts.many if KEY.fullmatch(key)]
        )
        ids = list(found.order_by("name").values_list("pk", flat=True))
        if len(ids) < len(set(parts.many)):
            raise ValidationError(DELETED_MESSAGE)
        if parts["new"].strip():
            ids = list(dict.fromkeys([*ids, get_or_create_tag(parts["new"]).pk]))
        if not ids:
            raise ValidationError(_("タグが選ばれていません。1つ以上選んでください。"))
        return ids

    def options(self, parts: RowInputs) -> list[Tag]:
        """Return the tags that are ticked, then those whose names contain the search text."""
        tags = Tag.objects.order_by("name")
        ticked = list(
            tags.filter(public_id__in=[key for key in parts.many if KEY.fullmatch(key)])
        )
        looked_for = parts["find"].replace("\0", "").strip()
        others = tags.filter(name__icontains=looked_for) if looked_for else tags
        others = others.exclude(pk__in=[tag.pk for tag in ticked])
        return ticked + list(others[: self.SHOWN])


class ChoicesWithin(Choices):
    """Some of a few, within so many days: {"of": [keys], "days": 7}."""

    template = "choices_within"

    def check(self, value: Any) -> None:
        if not isinstance(value, dict) or set(value) != {"of", "days"}:
            raise BadCondition("Choices and a number of days are expected.")
        super().check(value["of"])
        if type(value["days"]) is not int or not 0 < value["days"] <= 36_500:
            raise BadCondition("A number of days is expected.")

    def missing(self, value: Any) -> bool:
        return super().missing(value["of"])

    def words(self, value: Any) -> str:
        return ngettext(
            "過去%(days)s日以内に%(choices)s",
            "過去%(days)s日以内に%(choices)s",
            value["days"],
        ) % {
            "days": value["days"],
            "choices": super().words(value["of"]),
        }

    def inputs(self, value: Any) -> RowInputs:
        return RowInputs(many=value["of"], days=str(value["days"]))

    def read(self, parts: RowInputs) -> Any:
        number = parts["days"].strip()
        if not number.isdecimal() or len(number) > 5 or not 0 < int(number) <= 36_500:
            raise ValidationError(
                _("日数が入力されていません。1以上の数字を入力してください。")
            )
        return {"of": super().read(parts), "days": int(number)}
