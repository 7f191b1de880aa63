"""会員情報項目 in conditions: 「attr:<public id>」 for each of the shop's own attributes that is not archived."""

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy

from members.conditions.fields import EMPTY, TYPED, in_ways, list_ways
from members.conditions.kinds import KEY
from members.conditions.kinds_choices import Choices
from members.conditions.kinds_days import DATE_WAYS, empty_ways, span_q
from members.conditions.kinds_numbers import number_q, number_ways
from members.conditions.registry import Field, Way, register_resolver
from members.conditions.search import kept_text
from members.models import Attribute, AttributeValue, ValueList
from members.normalize.keys import plain
from members.valuelists.lists import in_list

GROUP = gettext_lazy("会員情報項目")
Ways = tuple[Way, ...]


def field_for(attribute: Attribute) -> Field:
    """Build the field. A member without a value fits 未設定 and the negative operators, nothing else."""

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
        found = Q(Exists(values.filter(VALUE_Q[attribute.kind](positive or op, value))))
        return ~found if positive else found

    return Field(
        f"attr:{attribute.public_id}",
        attribute.name,
        GROUP,
        ways_of(attribute),
        compiled,
    )


def ways_of(attribute: Attribute) -> Ways:
    if attribute.kind == Attribute.Kind.NUMBER:
        return number_ways("")
    if attribute.kind == Attribute.Kind.DATE:
        return (*DATE_WAYS, *empty_ways())
    if attribute.kind == Attribute.Kind.CHOICE:
        kind = Choices(lambda: [(choice, choice) for choice in attribute.choices])
        return (
            *in_ways(kind),
            *EMPTY,
        )
    return (*list_ways(ValueList.Field.TEXT), *TYPED, *EMPTY)


def text_value_q(op: str, value: Any) -> Q:
    if op == "in_list":
        return in_list("text", value)
    text = plain(kept_text(value))
    return (
        Q((f"text__{'istartswith' if op == 'starts' else 'icontains'}", text))
        if text
        else Q(pk__in=[])
    )


VALUE_Q: dict[str, Callable[[str, Any], Q]] = {
    Attribute.Kind.TEXT: text_value_q,
    Attribute.Kind.CHOICE: lambda op, values: Q(text__in=values),
    Attribute.Kind.NUMBER: lambda op, value: number_q("number", op, value),
    Attribute.Kind.DATE: lambda op, value: span_q("date", op, value, moments=False),
}


def shown() -> Any:
    """Select the attributes that have values of their own; those that name a column of Member have other fields."""
    return Attribute.objects.filter(archived_at=None, system="")


def resolve(public_id: str) -> Field | None:
    attribute = (
        shown().filter(public_id=public_id).first()
        if KEY.fullmatch(public_id)
        else None
    )
    return field_for(attribute) if attribute else None


def offered() -> list[Field]:
    return [field_for(attribute) for attribute in shown().order_by("position", "pk")]


register_resolver("attr", resolve, offered)
