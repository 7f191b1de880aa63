"""What 予約中 can be narrowed by."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from console.filter_fields import PeriodFilter, SelectFilter
from console.filters import ListFilterSet
from members.conditions.stored_search import MemberSearchFilter
from messaging.booked.rows import narrow_booked
from messaging.models import Delivery, Sender
from messaging.screens.deliveries.filters import list_scenarios, list_senders

State = Delivery.State


class BookedFilters(ListFilterSet):
    """All of it is narrowed by ``narrow_booked``, which a job does too: both mean the same messages."""

    s = MemberSearchFilter(label=gettext_lazy("会員の氏名・メール・電話番号"))
    scenario = SelectFilter(
        label=gettext_lazy("ステップメッセージ"), offer=list_scenarios
    )
    planned = PeriodFilter("planned_at", label=gettext_lazy("配信予定日"))
    state = SelectFilter(
        label=gettext_lazy("状態"),
        choices=[
            ("scheduled", State.SCHEDULED.label),
            ("held", State.HELD.label),
            ("parked", State.PARKED.label),
        ],
    )
    channel = SelectFilter(label=gettext_lazy("チャネル"), choices=Sender.Kind.choices)
    source = SelectFilter(
        label=gettext_lazy("配信元"),
        choices=[(str(key), label) for key, label in Delivery.Source.choices],
    )
    sender = SelectFilter(label=gettext_lazy("送信アカウント"), offer=list_senders)

    @property
    def wish(self) -> dict[str, str]:
        """What is asked for besides the text, as a job stores it."""
        chosen = self.chosen
        period = chosen.pop("planned", None)
        chosen.pop("s", None)
        wish = {name: str(value) for name, value in chosen.items()}
        if period and period.start:
            wish["start"] = period.start.isoformat()
        if period and period.stop:
            wish["end"] = period.stop.isoformat()
        return wish

    @property
    def text(self) -> str:
        return str(self.chosen.get("s", ""))

    def narrow(self, rows: QuerySet[Any], chosen: dict[str, Any]) -> QuerySet[Any]:
        if self.form.errors:
            return rows.none()
        return narrow_booked(rows, self.wish, self.text)  # type: ignore[arg-type]
