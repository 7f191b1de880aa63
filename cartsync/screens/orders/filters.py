"""What 受注リスト can be narrowed by: number, email, phone, date, product, payment state and what the member is."""

from typing import Any, cast

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from cartsync.models import Cart, CartOrder, Product
from cartsync.orders.select import (
    build_condition_q,
    build_product_q,
    build_segment_q,
    build_tag_q,
    find_orders,
)
from cartsync.screens.review.filters import list_carts
from console.filter_fields import Choices, PeriodFilter, SelectFilter
from console.filters import ListFilterSet
from members.conditions.sentences import describe_condition
from members.conditions.stored_search import MemberSearchFilter
from members.conditions.tree import BadCondition
from members.conditions.url import decode_condition
from members.models import Segment, Tag
from operators.rights import ShopRequest

MOST_OFFERED = 500
UNREADABLE = gettext_lazy(
    "会員の条件を読み取れません。会員リストで絞り込み直してから、受注を開いてください。"
)


class OrderSearchFilter(MemberSearchFilter):
    """Orders by number, email or phone, or of a member by name; the text is kept on the server."""

    def find(self, text: str) -> Q:
        return find_orders(text)


class BuiltFilter(SelectFilter):
    """One of a few, of which ``build`` makes the condition on orders."""

    def __init__(self, build: Any, **options: Any) -> None:
        super().__init__(**options)
        self.build = build

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(self.build(value)) if value else rows


def list_products(request: HttpRequest) -> Choices:
    rows = Product.objects.select_related("cart").order_by("name", "external_id")
    several = Cart.objects.count() > 1
    return [
        (str(row.pk), f"{row}（{row.cart}）" if several else str(row))
        for row in rows[:MOST_OFFERED]
    ]


def list_segments(request: HttpRequest) -> Choices:
    rows = Segment.objects.seen_by(cast("ShopRequest", request).seat)
    return [(row.public_id, row.name) for row in rows[:MOST_OFFERED]]


def list_tags(request: HttpRequest) -> Choices:
    rows = Tag.objects.order_by("name_key").values_list("public_id", "name")
    return rows[:MOST_OFFERED]


class ConditionField(forms.CharField):
    """Turns the condition of a member list's address into the condition."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return decode_condition(text) if text else None
        except BadCondition as error:
            raise ValidationError(UNREADABLE, code="condition") from error


class MembersFilter(django_filters.CharFilter):
    """Orders of the members who fit a condition, as the member list leads here with it."""

    field_class = ConditionField

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return rows.filter(build_condition_q(value)) if value else rows

    def describe(self, value: Any) -> str:
        return describe_condition(value)


class OrderFilters(ListFilterSet):
    s = OrderSearchFilter(label=gettext_lazy("注文番号・メール・電話番号・氏名"))
    ordered = PeriodFilter("ordered_at", label=gettext_lazy("注文日"))
    state = SelectFilter(
        "state", label=gettext_lazy("決済状況"), choices=CartOrder.State.choices
    )
    product = BuiltFilter(
        build_product_q, label=gettext_lazy("商品"), offer=list_products
    )
    segment = BuiltFilter(
        build_segment_q,
        label=gettext_lazy("会員の条件（保存した条件）"),
        offer=list_segments,
    )
    tag = BuiltFilter(build_tag_q, label=gettext_lazy("会員のタグ"), offer=list_tags)
    cart = SelectFilter(
        "cart__public_id", label=gettext_lazy("カート"), offer=list_carts
    )
    c = MembersFilter(label=gettext_lazy("会員の条件"))

    @property
    def panel(self) -> list[forms.BoundField]:
        """Everything but the condition that the member list brought: it is made there."""
        return [field for field in super().panel if field.name != "c"]

    @property
    def tab_errors(self) -> list[str]:
        """What is wrong with the condition stands where no field is."""
        return [*super().tab_errors, *self.form.errors.get("c", [])]
