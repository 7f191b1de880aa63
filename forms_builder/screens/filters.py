"""What the list of forms, and the answers to one of them, can be narrowed by."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from console.filter_fields import PeriodFilter, SearchFilter, SelectFilter, SwitchFilter
from console.filters import ListFilterSet
from members.conditions.stored_search import MemberSearchFilter
from members.models import IdentityRecord
from messaging.screens.deliveries.filters import list_accounts


class FormFilters(ListFilterSet):
    q = SearchFilter("name", "title", label=gettext_lazy("LIFF管理名・タイトルで検索"))
    open = SwitchFilter(
        "is_open",
        label=gettext_lazy("受付"),
        on=gettext_lazy("受付中"),
        off=gettext_lazy("停止中"),
    )
    account = SelectFilter(
        "account__public_id",
        label=gettext_lazy("LINEアカウント"),
        offer=list_accounts,
    )


TABS = {
    "pending": (
        gettext_lazy("会員未確認"),
        Q(member=None, dismissed_at=None, is_test=False),
    ),
    "test": (gettext_lazy("テスト回答"), Q(is_test=True)),
}
# What the list shows where no tab is chosen.
REAL = Q(is_test=False)


class AnswerFilters(ListFilterSet):
    tabs = ("show",)

    show = SelectFilter(
        label=gettext_lazy("表示"),
        choices=[(name, label) for name, (label, _q) in TABS.items()],
        queries={name: query for name, (_label, query) in TABS.items()},
    )
    s = MemberSearchFilter(label=gettext_lazy("会員の氏名・メール・電話番号"))
    outcome = SelectFilter(
        "record__outcome",
        label=gettext_lazy("連携の結果"),
        choices=IdentityRecord.Outcome.choices,
    )
    received = PeriodFilter("received_at", label=gettext_lazy("受信日"))

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = super().filter_queryset(queryset)
        return found if self.chosen.get("show") else found.filter(REAL)
