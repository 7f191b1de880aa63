"""What 処理の一覧 can be narrowed by."""

from collections import defaultdict

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from console.filter_fields import OperatorFilter, PeriodFilter, SelectFilter
from console.filters import ListFilterSet
from jobs.models import Job
from jobs.runner import list_kinds


class KindFilter(SelectFilter):
    """Jobs by the label of their kind; the name of the first kind with the label stands in the URL."""

    def read_choices(self, request: HttpRequest) -> None:
        names: dict[str, list[str]] = defaultdict(list)
        for kind in list_kinds():
            if kind.label:
                names[str(kind.label)].append(kind.name)
        self.extra["choices"] = [(found[0], label) for label, found in names.items()]
        self.queries = {found[0]: Q(kind__in=found) for found in names.values()}


class JobFilters(ListFilterSet):
    kind = KindFilter(label=gettext_lazy("種類"))
    state = SelectFilter(label=gettext_lazy("状態"), choices=Job.State.choices)
    by = OperatorFilter("operator", label=gettext_lazy("実行した人"))
    created = PeriodFilter("created_at", label=gettext_lazy("受付日"))
