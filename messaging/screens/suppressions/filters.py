"""What メールの送信停止 can be narrowed by."""

from django.db.models import Q
from django.utils.translation import gettext_lazy

from console.filter_fields import PeriodFilter, SelectFilter
from console.filters import ListFilterSet
from members.conditions.stored_search import MemberSearchFilter
from messaging.models import Suppression
from messaging.suppression.keys import build_suppression_key
from operators.masking import is_masked


class AddressFilter(MemberSearchFilter):
    """Addresses with the text in them; for who sees none in clear the whole address alone, or they could guess it."""

    def find(self, text: str) -> Q:
        key = build_suppression_key(text)
        return Q(address=key) if is_masked() else Q(address__contains=key)


class SuppressionFilters(ListFilterSet):
    s = AddressFilter(member=None, label=gettext_lazy("メールアドレス"))
    reason = SelectFilter(
        "reason", label=gettext_lazy("理由"), choices=Suppression.Reason.choices
    )
    state = SelectFilter(
        label=gettext_lazy("状態"),
        choices=[
            ("open", gettext_lazy("停止中")),
            ("lifted", gettext_lazy("解除済み")),
        ],
        queries={
            "open": Q(lifted_at=None),
            "lifted": Q(lifted_at__isnull=False),
        },
    )
    since = PeriodFilter("created_at", label=gettext_lazy("停止した日"))
