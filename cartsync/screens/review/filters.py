"""What 要確認 can be narrowed by: links that changed, members whom no rule can link, and near misses."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from cartsync.models import Cart
from console.filter_fields import Choices, PeriodFilter, SelectFilter
from console.filters import ListFilterSet
from members.conditions.stored_search import MemberSearchFilter


def list_carts(request: HttpRequest) -> Choices:
    return Cart.objects.order_by("name", "pk").values_list("public_id", "name")


class ChangedLinkFilters(ListFilterSet):
    s = MemberSearchFilter(label=gettext_lazy("会員の氏名・メール・電話番号"))
    cart = SelectFilter(
        "cart__public_id", label=gettext_lazy("カート"), offer=list_carts
    )
    changed = PeriodFilter("changed_at", label=gettext_lazy("変更日"))


class NearMissFilters(ListFilterSet):
    s = MemberSearchFilter(
        member="", label=gettext_lazy("会員の氏名・メール・電話番号")
    )
    created = PeriodFilter("created_at", label=gettext_lazy("会員の登録日"))


class ReviewedMemberFilters(ListFilterSet):
    s = MemberSearchFilter(
        member="", label=gettext_lazy("会員の氏名・メール・電話番号")
    )
    created = PeriodFilter("created_at", label=gettext_lazy("会員の登録日"))
