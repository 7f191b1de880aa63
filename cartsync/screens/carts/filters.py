"""What 連携の記録 of a cart can be narrowed by."""

from django.utils.translation import gettext_lazy

from cartsync.models import SyncRun
from console.filter_fields import PeriodFilter, SelectFilter
from console.filters import ListFilterSet


class RunFilters(ListFilterSet):
    outcome = SelectFilter(label=gettext_lazy("結果"), choices=SyncRun.Outcome.choices)
    started = PeriodFilter("started_at", label=gettext_lazy("連携の開始日"))
