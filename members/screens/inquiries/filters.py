"""What お問い合わせ can be narrowed by."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from console.filter_fields import OperatorFilter, PeriodFilter, SelectFilter
from console.filters import ListFilterSet
from members.conditions.stored_search import MemberSearchFilter
from members.models import Inquiry

LATE = "late"


class MarkFilter(SelectFilter):
    """One of the marks, or those past their day."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.overdue() if value == LATE else super().filter(rows, value)  # type: ignore[attr-defined]


class InquiryFilters(ListFilterSet):
    tabs = ("mark",)

    s = MemberSearchFilter(
        "subject", label=gettext_lazy("件名・会員の氏名・メール・電話")
    )
    mark = MarkFilter(
        label=gettext_lazy("対応マーク"),
        choices=[*Inquiry.Mark.choices, (LATE, gettext_lazy("期限切れ"))],
    )
    by = OperatorFilter(
        "assignee", label=gettext_lazy("担当者"), nobody=gettext_lazy("担当者なし")
    )
    due = PeriodFilter("due_on", label=gettext_lazy("期限"))
    created = PeriodFilter("created_at", label=gettext_lazy("作成日"))
