"""What 申請一覧 can be narrowed by."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from console.filter_fields import PeriodFilter, SelectFilter
from console.filters import ListFilterSet
from members.conditions.stored_search import MemberSearchFilter
from rpa.models import CancellationRequest

State = CancellationRequest.State
TABS = {
    "person": (_("要確認"), Q(state=State.PERSON)),
    "open": (_("進行中"), Q(state__in=[State.OFFERED, *CancellationRequest.WORKED])),
    "ended": (
        _("終了"),
        Q(state__in=[State.VERIFIED, State.REFUSED, State.REHEARSED, State.CLOSED]),
    ),
}


class RequestFilters(ListFilterSet):
    tabs = ("view",)

    s = MemberSearchFilter(
        "public_id",
        "customer_number",
        "product",
        "before__product",
        label=_("受付番号・顧客番号・商品名・会員"),
    )
    view = SelectFilter(
        label=_("状態"),
        choices=[(name, label) for name, (label, _q) in TABS.items()],
        queries={name: query for name, (_label, query) in TABS.items()},
    )
    kind = SelectFilter(label=_("種類"), choices=CancellationRequest.Kind.choices)
    received = PeriodFilter("received_at", label=_("申請日"))
