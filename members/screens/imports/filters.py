"""What 取り込みの履歴 can be narrowed by."""

from django.utils.translation import gettext_lazy

from console.filter_fields import (
    OperatorFilter,
    PeriodFilter,
    SearchFilter,
    SelectFilter,
)
from console.filters import ListFilterSet
from members.models import MemberImport


class ImportFilters(ListFilterSet):
    q = SearchFilter("name", label=gettext_lazy("ファイル名で検索"))
    state = SelectFilter(label=gettext_lazy("状態"), choices=MemberImport.State.choices)
    by = OperatorFilter("operator", label=gettext_lazy("実行した人"))
    created = PeriodFilter("created_at", label=gettext_lazy("受付日"))
