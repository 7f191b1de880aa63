"""What the platform's list of shops can be narrowed by."""

from django.db.models import Q
from django.utils.translation import gettext_lazy

from console.filter_fields import SearchFilter, SelectFilter
from console.filters import ListFilterSet

OPEN = Q(closed_at=None)
STATES = {
    "open": (gettext_lazy("正式利用"), OPEN & Q(trial_ends_at=None)),
    "trial": (gettext_lazy("お試し中"), OPEN & ~Q(trial_ends_at=None)),
    "closed": (gettext_lazy("閉じているショップ"), ~OPEN),
    "moving": (gettext_lazy("移動中"), Q(closed_reason="moving")),
}


class ShopFilters(ListFilterSet):
    q = SearchFilter("slug", "name", label=gettext_lazy("ショップ名・ショップID"))
    state = SelectFilter(
        label=gettext_lazy("状態"),
        choices=[(name, label) for name, (label, _q) in STATES.items()],
        queries={name: query for name, (_label, query) in STATES.items()},
    )
