"""会員情報項目 in conditions: 「attr:<public id>」 for each of the shop's own attributes that is not archived."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy

from members.attributes.kinds import get_kind
from members.conditions.fields.basics import build_choice_ways
from members.conditions.fields.texts import EMPTY_WAYS, TEXT_WAYS, build_list_ways
from members.conditions.kinds.base import KEY
from members.conditions.kinds.choices import Choices
from members.conditions.kinds.days import DATE_WAYS, build_empty_ways, build_period_q
from members.conditions.kinds.numbers import build_number_q, build_number_ways
from members.conditions.registry import Field, FieldFamily, Way
from members.conditions.search import get_search_text
from members.conditions.stored_text import fold_stored_text
from members.models import Attribute, AttributeValue, ValueList
from members.valuelists.lists import build_column_in_list_q

GROUP = gettext_lazy("会員情報項目")
Ways = tuple[Way, ...]


def _build_attribute_field(attribute: Attribute) -> Field:
    """Build the field. A member without a value fits 未設定 and the negative operators, nothing else."""
    family = FAMILIES[get_kind(attribute).asked_as]

    def compiled(op: str, value: Any) -> Q:
        values = AttributeValue.objects.filter(
            attribute_id=attribute.pk, member_id=OuterRef("pk")
        )
        if op in ("empty", "filled"):
            found = Q(Exists(values))
            return found if op == "filled" else ~found
        positive = {"lacks": "contains", "not_in_list": "in_list", "not_in": "in"}.get(
            op
        )
        found = Q(Exists(values.filter(family.compile(positive or op, value))))
        return ~found if positive else found

    return Field(
        f"attr:{attribute.public_id}",
        attribute.label,
        GROUP,
        family.ways(attribute),
        compiled,
        # All that the system itself asks says who somebody is; what a shop adds does not.
        personal=bool(attribute.system),
    )


def _build_text_ways(attribute: Attribute) -> Ways:
    return (*build_list_ways(ValueList.Field.TEXT), *TEXT_WAYS, *EMPTY_WAYS)


def _build_chosen_ways(attribute: Attribute) -> Ways:
    kind = Choices(lambda: [(choice, choice) for choice in attribute.choices])
    return (*build_choice_ways(kind), *EMPTY_WAYS)


def _build_number_ways(attribute: Attribute) -> Ways:
    return build_number_ways("")


def _build_day_ways(attribute: Attribute) -> Ways:
    return (*DATE_WAYS, *build_empty_ways())


def _build_text_value_q(op: str, value: Any) -> Q:
    if op == "in_list":
        return build_column_in_list_q("text__folded", value)
    text = fold_stored_text(get_search_text(value))
    return (
        Q((f"text__folded__{'istartswith' if op == 'starts' else 'icontains'}", text))
        if text
        else Q(pk__in=[])
    )


@dataclass(frozen=True)
class Family:
    """How attributes of some kinds are asked about: the lines of the builder, and what each asks of a value's row."""

    ways: Callable[[Attribute], Ways]
    compile: Callable[[str, Any], Q]


# By AttributeKind.asked_as.
FAMILIES: dict[str, Family] = {
    "text": Family(_build_text_ways, _build_text_value_q),
    "choices": Family(_build_chosen_ways, lambda op, values: Q(text__in=values)),
    "number": Family(
        _build_number_ways, lambda op, value: build_number_q("number", op, value)
    ),
    "days": Family(
        _build_day_ways,
        lambda op, value: build_period_q("date", op, value, moments=False),
    ),
}


def _select_attributes() -> Any:
    """Select the attributes that have values of their own; those that name a column of Member have other fields."""
    return Attribute.objects.with_values().in_use()


def _resolve_field(public_id: str) -> Field | None:
    attribute = (
        _select_attributes().filter(public_id=public_id).first()
        if KEY.fullmatch(public_id)
        else None
    )
    return _build_attribute_field(attribute) if attribute else None


def _list_fields() -> list[Field]:
    return [
        _build_attribute_field(attribute)
        for attribute in _select_attributes().in_order()
    ]


ITEMS = FieldFamily("attr", _resolve_field, _list_fields)
