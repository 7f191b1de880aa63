"""What 一斉配信 can be narrowed by."""

from django.db.models import Q
from django.utils.translation import gettext_lazy

from console.filter_fields import PeriodFilter, SearchFilter, SelectFilter
from console.filters import ListFilterSet
from messaging.models import Broadcast
from messaging.screens.deliveries.filters import list_accounts

STATES = {str(state): Q(state=state) for state in Broadcast.State.values}


class BroadcastFilters(ListFilterSet):
    q = SearchFilter("name", label=gettext_lazy("配信名で検索"))
    state = SelectFilter(
        label=gettext_lazy("状態"),
        choices=[(str(state), label) for state, label in Broadcast.State.choices],
        queries=STATES,
    )
    due = PeriodFilter("due_at", label=gettext_lazy("配信日時"))
    account = SelectFilter(
        "account__public_id",
        label=gettext_lazy("LINEアカウント"),
        offer=list_accounts,
    )
