"""What 書き出し履歴 can be narrowed by."""

from django.utils.translation import gettext_lazy

from console.filter_fields import OperatorFilter, PeriodFilter, SelectFilter
from console.filters import ListFilterSet
from jobs.files.forms import FORMATS
from jobs.models import Job
from members.conditions.stored_search import MemberSearchFilter


class ExportFilters(ListFilterSet):
    # A reason may name a customer, so what is searched for among them is kept out of the URL.
    s = MemberSearchFilter(
        "params__reason", member=None, label=gettext_lazy("理由で検索")
    )
    by = OperatorFilter("operator", label=gettext_lazy("書き出した人"))
    format = SelectFilter("params__format", label=gettext_lazy("形式"), choices=FORMATS)
    state = SelectFilter(label=gettext_lazy("状態"), choices=Job.State.choices)
    created = PeriodFilter("created_at", label=gettext_lazy("書き出した日"))
