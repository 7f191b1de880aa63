"""What the list of forms, and the answers to one of them, can be narrowed by."""

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


class AnswerFilters(ListFilterSet):
    s = MemberSearchFilter(label=gettext_lazy("会員の氏名・メール・電話番号"))
    outcome = SelectFilter(
        "record__outcome",
        label=gettext_lazy("連携の結果"),
        choices=IdentityRecord.Outcome.choices,
    )
    received = PeriodFilter("received_at", label=gettext_lazy("受信日"))
