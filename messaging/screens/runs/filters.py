"""What 実行ログ can be narrowed by."""

from django.utils.translation import gettext_lazy

from console.filter_fields import PeriodFilter, SelectFilter
from console.filters import ListFilterSet
from messaging.runs.events import EventSearchFilter
from messaging.runs.history import LABELS, QUERIES
from messaging.screens.deliveries.filters import MemberFilter, list_scenarios


class ScenarioRunFilters(ListFilterSet):
    tabs = ("state", "member")

    s = EventSearchFilter(
        "trigger_key", label=gettext_lazy("会員の氏名・メール・電話番号、注文番号")
    )
    state = SelectFilter(
        label=gettext_lazy("状態"), choices=list(LABELS.items()), queries=QUERIES
    )
    member = MemberFilter("member__public_id", label=gettext_lazy("会員"))
    scenario = SelectFilter(
        "scenario__public_id",
        label=gettext_lazy("ステップメッセージ"),
        offer=list_scenarios,
    )
    created = PeriodFilter("created_at", label=gettext_lazy("きっかけの日"))
