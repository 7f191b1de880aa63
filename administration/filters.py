"""What メンバーグループ管理 can be narrowed by."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from console.filter_fields import OperatorFilter, PeriodFilter, SearchFilter
from console.filters import ListFilterSet
from operators.models import OperatorGroup


class MemberOfGroupFilter(OperatorFilter):
    """Groups that the operator is in; by a subquery, for a join would change how many people the list counts."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return rows
        found = super().filter(OperatorGroup.objects.all(), value)
        return rows.filter(pk__in=found.values("pk"))


class GroupFilters(ListFilterSet):
    q = SearchFilter("name", label=gettext_lazy("グループ名で検索"))
    operator = MemberOfGroupFilter(
        "seats__operator", label=gettext_lazy("オペレーター")
    )
    created = PeriodFilter("created_at", label=gettext_lazy("作成日"))
