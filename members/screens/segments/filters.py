"""What 保存した条件 can be narrowed by."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.filter_fields import (
    Choices,
    PeriodFilter,
    SearchFilter,
    SelectFilter,
    SwitchFilter,
)
from console.filters import ListFilterSet
from operators import groups as grouping

OWN = "own"


def offer_places(request: HttpRequest) -> Choices:
    yield OWN, _("個人用")
    for group in grouping.list_groups_of_seat(request.seat):  # type: ignore[attr-defined]
        yield group.public_id, group.name


class PlaceFilter(SelectFilter):
    """The operator's own conditions, or those of one group."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(group=None) if value == OWN else super().filter(rows, value)


class SegmentFilters(ListFilterSet):
    q = SearchFilter("name", label=gettext_lazy("条件名で検索"))
    place = PlaceFilter(
        "group__public_id", label=gettext_lazy("保存先"), offer=offer_places
    )
    delivery = SwitchFilter(
        "for_delivery",
        label=gettext_lazy("配信の対象"),
        on=gettext_lazy("使う"),
        off=gettext_lazy("使わない"),
    )
    changed = PeriodFilter("changed_at", label=gettext_lazy("更新日"))
