"""What 付与と解除の履歴 of a tag can be narrowed by."""

from django.utils.translation import gettext_lazy

from console.filter_fields import OperatorFilter, PeriodFilter, SelectFilter
from console.filters import ListFilterSet
from members.models import TagBatch


class TagBatchFilters(ListFilterSet):
    action = SelectFilter(label=gettext_lazy("操作"), choices=TagBatch.Action.choices)
    source = SelectFilter(
        label=gettext_lazy("きっかけ"), choices=TagBatch.Source.choices
    )
    by = OperatorFilter("operator", label=gettext_lazy("実行した人"))
    at = PeriodFilter("at", label=gettext_lazy("日時"))
